//! Limits of the clients' own credentials at passthrough endpoints: one person's 429 exhausts nobody else.
//!
//! Kept in memory per keyed hash of the credential, bounded: the limit that ends first goes first. A limited
//! endpoint is only put last for its client, never closed: where there is nobody else the client gets the
//! endpoint's own answer.

use std::time::Duration;

use super::EndpointId;

/// Most limits that are remembered.
const MOST: usize = 1024;
/// A limit that names no time.
const UNSTATED: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct ClientLimits(Vec<Limit>);

#[derive(Debug)]
struct Limit {
    client: u64,
    endpoint: EndpointId,
    until: Duration,
}

impl ClientLimits {
    /// `client` is limited at `endpoint` for a stated time, or for a short one.
    pub(super) fn learn(
        &mut self,
        client: u64,
        endpoint: EndpointId,
        stated: Option<Duration>,
        now: Duration,
    ) {
        let until = now + stated.unwrap_or(UNSTATED);
        self.0.retain(|l| l.until > now && (l.client, l.endpoint) != (client, endpoint));
        if self.0.len() >= MOST
            && let Some(first) = self.0.iter().enumerate().min_by_key(|(_, l)| l.until).map(|(at, _)| at)
        {
            self.0.swap_remove(first);
        }
        self.0.push(Limit { client, endpoint, until });
    }

    /// A good answer: the limit is over, whatever was stated.
    pub(super) fn lift(&mut self, client: u64, endpoint: EndpointId) {
        self.0.retain(|l| (l.client, l.endpoint) != (client, endpoint));
    }

    /// Where `client` is limited now.
    pub(super) fn of(&self, client: u64, now: Duration) -> impl Iterator<Item = EndpointId> {
        self.0.iter().filter(move |l| l.client == client && l.until > now).map(|l| l.endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn of(limits: &ClientLimits, client: u64, now: Duration) -> Vec<u32> {
        limits.of(client, now).map(|id| id.0).collect()
    }

    #[test]
    fn a_limit_is_its_clients_own_and_ends_at_the_stated_time() {
        let mut limits = ClientLimits::default();
        limits.learn(1, EndpointId(7), Some(S(100)), S(10));
        assert_eq!(of(&limits, 1, S(109)), [7]);
        assert!(of(&limits, 2, S(20)).is_empty());
        assert!(of(&limits, 1, S(110)).is_empty());
        limits.lift(1, EndpointId(7));
        assert!(of(&limits, 1, S(20)).is_empty());
    }

    #[test]
    fn memory_is_bounded_and_the_first_to_end_goes_first() {
        let mut limits = ClientLimits::default();
        limits.learn(0, EndpointId(0), Some(S(1)), S(0));
        for client in 1..=MOST as u64 {
            limits.learn(client, EndpointId(0), Some(S(10 + client)), S(0));
        }
        assert_eq!(limits.0.len(), MOST);
        assert!(of(&limits, 0, S(0)).is_empty());
    }
}
