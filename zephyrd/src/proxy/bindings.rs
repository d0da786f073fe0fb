//! Ids that an endpoint made (responses, files, batches, containers) stay bound to it: nobody else knows them.
//!
//! Bounded: the oldest binding goes when there are [`MOST`]. Kept by name, so that a reload changes nothing.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use zephyr_wire::dialect::response_id;
use zephyr_wire::peek::id_of;

/// Most ids that are remembered.
const MOST: usize = 4096;
/// Longest id that is remembered, in bytes.
const LONGEST: usize = 200;

/// Which endpoint made which id.
#[derive(Default)]
pub(super) struct Bindings(Mutex<Known>);

#[derive(Default)]
struct Known {
    endpoints: HashMap<String, String>,
    oldest: VecDeque<String>,
}

impl Bindings {
    /// `id` was made by the endpoint of this name.
    pub(super) fn learn(&self, id: &str, endpoint: &str) {
        if id.is_empty() || id.len() > LONGEST {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.endpoints.insert(id.to_owned(), endpoint.to_owned()).is_none() {
            known.oldest.push_back(id.to_owned());
        }
        if known.oldest.len() > MOST
            && let Some(oldest) = known.oldest.pop_front()
        {
            known.endpoints.remove(&oldest);
        }
    }

    /// The endpoint that made `id`.
    pub(super) fn of(&self, id: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).endpoints.get(id).cloned()
    }

    /// The endpoint that made an id which stands as a segment of `path`.
    pub(super) fn in_path(&self, path: &str) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.endpoints.is_empty() {
            return None;
        }
        path.split('/').find_map(|segment| known.endpoints.get(segment)).cloned()
    }
}

/// Learns the id that one answer makes from its first bytes.
pub(super) struct Learner(Arc<Bindings>);

impl Learner {
    /// A learner for `bindings`.
    pub(super) fn new(bindings: &Arc<Bindings>) -> Self {
        Self(Arc::clone(bindings))
    }

    /// The first bytes of an answer of the endpoint of this name: JSON, or the events of a stream.
    pub(super) fn learn(self, head: &[u8], endpoint: &str) {
        if head.trim_ascii_start().starts_with(b"{") {
            if let Some(id) = id_of(head) {
                self.0.learn(&id, endpoint);
            }
        } else if let Some(id) = response_id(head) {
            self.0.learn(&id, endpoint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_in_a_path_and_the_oldest_is_forgotten_first() {
        let bindings = Bindings::default();
        bindings.learn("file_1", "A");
        bindings.learn("file_1", "B");
        assert_eq!(bindings.in_path("/v1/files/file_1/content").as_deref(), Some("B"));
        assert_eq!(bindings.in_path("/v1/files"), None);
        for i in 0..MOST {
            bindings.learn(&format!("id_{i}"), "C");
        }
        assert_eq!(bindings.of("file_1"), None);
        assert_eq!(bindings.of("id_0").as_deref(), Some("C"));
    }
}
