//! `req-xxxxxxxx`: a keyed permutation of a counter, so that ids never repeat and tell nothing.
//!
//! A balanced Feistel network over two 16-bit halves with SipHash-2-4 as the round function. Whatever the
//! round function, a Feistel network is a permutation: two counters never share an id. Without the key nobody
//! can tell from ids how many requests there were between them.

use std::hash::Hasher;

use siphasher::sip::SipHasher24;

/// Four rounds make a Feistel network with a pseudorandom round function a strong pseudorandom permutation
/// (Luby and Rackoff, 1988); the rest is margin for the small halves.
const ROUNDS: u8 = 8;

/// The id of the request with number `counter` (counters run through all 32 bits once).
#[must_use]
pub fn request_id(key: &[u8; 16], counter: u32) -> String {
    let mut id = String::with_capacity(12);
    id.push_str("req-");
    let number = permute(key, counter);
    id.extend((0..8).rev().filter_map(|digit| char::from_digit(number >> (4 * digit) & 0xF, 16)));
    id
}

fn permute(key: &[u8; 16], counter: u32) -> u32 {
    let (mut left, mut right) = ((counter >> 16) as u16, (counter & 0xFFFF) as u16);
    for round in 0..ROUNDS {
        (left, right) = (right, left ^ scramble(key, round, right));
    }
    (u32::from(left) << 16) | u32::from(right)
}

fn scramble(key: &[u8; 16], round: u8, half: u16) -> u16 {
    let mut hasher = SipHasher24::new_with_key(key);
    hasher.write_u8(round);
    hasher.write_u16(half);
    (hasher.finish() & 0xFFFF) as u16
}

#[cfg(test)]
mod tests {
    use super::{ROUNDS, permute, request_id, scramble};

    const KEY: [u8; 16] = *b"sixteen bytes ok";

    fn inverse(key: &[u8; 16], id: u32) -> u32 {
        let (mut left, mut right) = ((id >> 16) as u16, (id & 0xFFFF) as u16);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ scramble(key, round, left), left);
        }
        (u32::from(left) << 16) | u32::from(right)
    }

    #[test]
    fn every_sampled_id_leads_back_to_its_counter() {
        let edges = [0, 1, 0xFFFF, 0x1_0000, u32::MAX - 1, u32::MAX];
        for counter in edges.into_iter().chain((0..u32::MAX).step_by(65_537)) {
            assert_eq!(inverse(&KEY, permute(&KEY, counter)), counter);
        }
    }

    #[test]
    fn it_is_eight_lower_case_hex_digits_that_depend_on_the_key() {
        let id = request_id(&KEY, 7);
        assert_eq!(id.len(), 12);
        assert!(id.starts_with("req-"));
        assert!(id[4..].chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)), "{id}");
        assert_ne!(id, request_id(b"another 16 bytes", 7));
    }
}
