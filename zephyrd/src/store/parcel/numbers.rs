//! Numbers as bytes: LEB128, so that small ones, which most are, take one byte.

use crate::store::StoreError;

/// Writes a number behind what `out` holds.
pub(in crate::store) fn write(out: &mut Vec<u8>, number: u64) {
    let mut packed = Packed::<1>::new();
    packed.add(number);
    out.extend_from_slice(packed.bytes());
}

/// Longest number as bytes.
const LONGEST: usize = 10;

/// Up to `MOST` numbers as bytes: many are put together faster here than behind something that may have to grow.
pub(in crate::store) struct Packed<const MOST: usize> {
    bytes: [[u8; LONGEST]; MOST],
    length: usize,
}

impl<const MOST: usize> Packed<MOST> {
    pub(in crate::store) fn new() -> Self {
        Self { bytes: [[0; LONGEST]; MOST], length: 0 }
    }

    /// Adds a number, while there are fewer than `MOST`.
    pub(in crate::store) fn add(&mut self, mut number: u64) {
        let bytes = self.bytes.as_flattened_mut();
        while number >= 0x80 {
            bytes[self.length] = (number & 0x7f) as u8 | 0x80;
            self.length += 1;
            number >>= 7;
        }
        bytes[self.length] = number as u8;
        self.length += 1;
    }

    pub(in crate::store) fn bytes(&self) -> &[u8] {
        &self.bytes.as_flattened()[..self.length]
    }
}

/// Takes a number off the front of `from`.
pub(in crate::store) fn read(from: &mut &[u8]) -> Result<u64, StoreError> {
    if let Some((small, rest)) = from.split_first().filter(|(byte, _)| **byte < 0x80) {
        *from = rest;
        return Ok(u64::from(*small));
    }
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = from.split_first().ok_or_else(damaged)?;
        *from = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(damaged())
}

/// Small numbers of either sign become small ones without.
pub(in crate::store) fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

/// The reverse of [`zigzag`].
pub(in crate::store) fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

/// Takes a text of this length off the front of `from`.
pub(in crate::store) fn text_of<'a>(from: &mut &'a [u8], length: u64) -> Result<&'a str, StoreError> {
    let length = usize::try_from(length).map_err(|_| damaged())?;
    let (bytes, rest) = from.split_at_checked(length).ok_or_else(damaged)?;
    *from = rest;
    std::str::from_utf8(bytes).map_err(|_| damaged())
}

/// Bytes that end too early, or mean nothing.
pub(in crate::store) fn damaged() -> StoreError {
    StoreError::Damaged("packed numbers are cut short or make no sense".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_number_comes_back(number: u64, money: i64) {
            let mut packed = Vec::new();
            write(&mut packed, number);
            write(&mut packed, zigzag(money));
            let mut beside = Packed::<2>::new();
            beside.add(number);
            beside.add(zigzag(money));
            prop_assert_eq!(beside.bytes(), &packed);
            let mut rest = &packed[..];
            prop_assert_eq!(read(&mut rest).unwrap(), number);
            prop_assert_eq!(unzigzag(read(&mut rest).unwrap()), money);
            prop_assert!(rest.is_empty());
        }
    }
}
