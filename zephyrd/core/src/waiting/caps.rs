//! How much runs of each group and each client, and how much may.

use std::collections::HashMap;
use std::sync::Arc;

/// What runs at one group's endpoints; a group's credential is its endpoints'.
#[derive(Debug, Default)]
pub(crate) struct GroupCap {
    /// Positions of its endpoints.
    pub(crate) members: Vec<usize>,
    /// `max_concurrent` of the group.
    pub(crate) max: Option<u32>,
    /// Attempts that count and run.
    pub(crate) running: u32,
}

impl GroupCap {
    /// At the limit that the operator has set.
    pub(crate) fn full(&self) -> bool {
        self.max.is_some_and(|max| self.running >= max)
    }
}

/// What runs of each client. Bounded by the clients of the config and those that were in it and still run something.
#[derive(Debug, Default)]
pub(crate) struct ClientCaps(HashMap<Arc<str>, ClientCap>);

#[derive(Debug, Default)]
struct ClientCap {
    max: Option<u32>,
    running: u32,
    /// The config names it.
    known: bool,
}

impl ClientCaps {
    /// Takes up the clients of a plan.
    pub(crate) fn take_up(&mut self, clients: &[(String, Option<u32>)]) {
        self.0.values_mut().for_each(|cap| (cap.max, cap.known) = (None, false));
        for (name, max) in clients {
            let cap = self.0.entry(Arc::from(name.as_str())).or_default();
            (cap.max, cap.known) = (*max, true);
        }
        self.0.retain(|_, cap| cap.known || cap.running > 0);
    }

    /// The limit of a client that has reached it.
    pub(crate) fn full(&self, client: &str) -> Option<u32> {
        let cap = if client.is_empty() { None } else { self.0.get(client) }?;
        cap.max.filter(|max| cap.running >= *max)
    }

    /// One more of it runs; under which name that is to be taken back.
    pub(crate) fn begin(&mut self, client: &str) -> Option<Arc<str>> {
        if client.is_empty() {
            return None;
        }
        let name = Arc::clone(self.0.get_key_value(client)?.0);
        if let Some(cap) = self.0.get_mut(client) {
            cap.running += 1;
        }
        Some(name)
    }

    /// One of it has ended.
    pub(crate) fn end(&mut self, client: &str) {
        let Some(cap) = self.0.get_mut(client) else { return };
        cap.running = cap.running.saturating_sub(1);
        if !cap.known && cap.running == 0 {
            self.0.remove(client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(name: &str, max: Option<u32>) -> (String, Option<u32>) {
        (name.to_owned(), max)
    }

    #[test]
    fn a_client_is_full_at_its_own_limit_and_nobody_else_is() {
        let mut caps = ClientCaps::default();
        caps.take_up(&[client("ada", Some(2)), client("bob", None)]);
        let held: Vec<_> = (0..2).map(|_| caps.begin("ada").unwrap()).collect();
        let _ = caps.begin("bob");
        assert_eq!((caps.full("ada"), caps.full("bob"), caps.full("")), (Some(2), None, None));
        caps.end(&held[0]);
        assert_eq!(caps.full("ada"), None);
    }

    #[test]
    fn what_runs_is_still_counted_after_the_config_has_changed() {
        let mut caps = ClientCaps::default();
        caps.take_up(&[client("ada", None)]);
        let held = caps.begin("ada").unwrap();
        caps.take_up(&[client("ada", Some(1))]);
        assert_eq!(caps.full("ada"), Some(1));
        caps.take_up(&[]);
        assert_eq!((caps.full("ada"), caps.0.len()), (None, 1));
        caps.end(&held);
        assert!(caps.0.is_empty());
    }
}
