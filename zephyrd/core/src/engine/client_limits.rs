//! Limits of the clients' own credentials at passthrough endpoints: one person's 429 exhausts nobody else.
//!
//! Kept in memory per keyed hash of the credential, bounded: the limit that ends first goes first. A limited
//! endpoint is only put last for its client, never closed: where there is nobody else the client gets the
//! endpoint's own answer. A limit is of all models or of one, as the outcome table says.

use std::sync::Arc;
use std::time::Duration;

use super::EndpointId;

/// Most limits that are remembered.
const MOST: usize = 1024;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct ClientLimits(Vec<Limit>);

#[derive(Debug)]
struct Limit {
    client: u64,
    endpoint: EndpointId,
    /// Empty = all models.
    model: Arc<str>,
    since: Duration,
    until: Duration,
}

impl ClientLimits {
    /// `client` is limited at `endpoint` until a time, for one model or (empty) for all.
    pub(super) fn learn(
        &mut self,
        client: u64,
        endpoint: EndpointId,
        model: &str,
        now: Duration,
        until: Duration,
    ) {
        let same = |l: &Limit| (l.client, l.endpoint, &*l.model) == (client, endpoint, model);
        let until = self.0.iter().find(|l| same(l)).map_or(until, |old| old.until.max(until));
        self.0.retain(|l| l.until > now && !same(l));
        if self.0.len() >= MOST
            && let Some(first) = self.0.iter().enumerate().min_by_key(|(_, l)| l.until).map(|(at, _)| at)
        {
            self.0.swap_remove(first);
        }
        self.0.push(Limit { client, endpoint, model: model.into(), since: now, until });
    }

    /// A good answer for `model`, to a request that was granted at `granted`: what limited it is over, whatever was
    /// stated.
    pub(super) fn lift(&mut self, client: u64, endpoint: EndpointId, model: &str, granted: Duration) {
        let mine = |l: &Limit| (l.client, l.endpoint) == (client, endpoint) && l.of(model);
        self.0.retain(|l| !(mine(l) && l.since <= granted));
    }

    /// Where `client` is limited now, and for which models; an empty name stands for all.
    pub(super) fn of(&self, client: u64, now: Duration) -> impl Iterator<Item = (EndpointId, Arc<str>)> {
        let limits = self.0.iter().filter(move |l| l.client == client && l.until > now);
        limits.map(|l| (l.endpoint, Arc::clone(&l.model)))
    }
}

impl Limit {
    fn of(&self, model: &str) -> bool {
        self.model.is_empty() || &*self.model == model
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn of(limits: &ClientLimits, client: u64, model: &str, now: Duration) -> Vec<u32> {
        let mine = limits.of(client, now).filter(|(_, limited)| limited.is_empty() || **limited == *model);
        mine.map(|(id, _)| id.0).collect()
    }

    #[test]
    fn a_limit_is_its_clients_own_and_ends_at_the_stated_time() {
        let mut limits = ClientLimits::default();
        limits.learn(1, EndpointId(7), "", S(10), S(110));
        assert_eq!(of(&limits, 1, "m", S(109)), [7]);
        assert!(of(&limits, 2, "m", S(20)).is_empty());
        assert!(of(&limits, 1, "m", S(110)).is_empty());
        limits.lift(1, EndpointId(7), "m", S(9));
        assert_eq!(of(&limits, 1, "m", S(20)), [7], "what began before proves nothing");
        limits.lift(1, EndpointId(7), "m", S(11));
        assert!(of(&limits, 1, "m", S(20)).is_empty());
    }

    #[test]
    fn a_limit_of_one_model_leaves_the_others_alone() {
        let mut limits = ClientLimits::default();
        limits.learn(1, EndpointId(7), "opus", S(10), S(110));
        assert_eq!(of(&limits, 1, "opus", S(20)), [7]);
        assert!(of(&limits, 1, "haiku", S(20)).is_empty());
        limits.lift(1, EndpointId(7), "haiku", S(20));
        assert_eq!(of(&limits, 1, "opus", S(20)), [7]);
    }

    #[test]
    fn a_shorter_limit_does_not_shorten_a_longer_one() {
        let mut limits = ClientLimits::default();
        limits.learn(1, EndpointId(7), "", S(10), S(1_000));
        limits.learn(1, EndpointId(7), "", S(11), S(40));
        assert_eq!(of(&limits, 1, "", S(900)), [7]);
    }

    #[test]
    fn memory_is_bounded_and_the_first_to_end_goes_first() {
        let mut limits = ClientLimits::default();
        limits.learn(0, EndpointId(0), "", S(0), S(1));
        for client in 1..=MOST as u64 {
            limits.learn(client, EndpointId(0), "", S(0), S(10 + client));
        }
        assert_eq!(limits.0.len(), MOST);
        assert!(of(&limits, 0, "", S(0)).is_empty());
    }
}
