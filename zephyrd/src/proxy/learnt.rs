//! What endpoints have refused to know, so that the next request is spared it.
//!
//! A 400 or 422 that names a member of the request is learnt for the endpoint and the model that it was asked for, and the
//! same endpoint is asked once more without it, at most [`REPEATS`] times by one request; each refusal must name
//! something new. Such a refusal says nothing about health. Values of `anthropic-beta` that an endpoint of the client's own
//! dialect refuses are learnt too, but the refusal is passed on: Claude Code takes them out of its session by
//! itself then, with whatever of the body belongs to them, which nobody else could do for it.
//!
//! In memory and bounded; what was learnt is forgotten after [`KEPT`], and by a reload, since the endpoint may have
//! learnt too.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;
use zephyr_core::config::Plan;
use zephyr_core::engine::EndpointId;
use zephyr_wire::quirks::{Learnt, Refusal};

/// How often one request asks again because of what it has learnt.
pub(super) const REPEATS: u8 = 4;
/// How long something learnt is kept.
const KEPT: Duration = Duration::from_secs(3600);
/// Most pairs of an endpoint and a model that are remembered; then all are forgotten.
const MOST: usize = 256;
/// Longest name of a model that is remembered, in bytes.
const LONGEST: usize = 200;

/// See the module.
#[derive(Default)]
pub(super) struct Refusals {
    /// Something is known: whoever asks while nothing is, which is nearly always, takes no lock.
    some: AtomicBool,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Under this plan.
    plan: Weak<Plan>,
    learnt: HashMap<(EndpointId, String), (Arc<Learnt>, Instant)>,
}

impl Refusals {
    /// Whether nothing was refused since the start.
    pub(super) fn is_empty(&self) -> bool {
        !self.some.load(Ordering::Relaxed)
    }

    /// What the endpoint `id` of the plan in force has refused when it was asked for `model`.
    pub(super) fn of(&self, plan: &Arc<Plan>, id: EndpointId, model: &str) -> Option<Arc<Learnt>> {
        let known = self.lock();
        let (learnt, since) = known.learnt.get(&(id, model.to_owned()))?;
        let holds = known.plan.as_ptr() == Arc::as_ptr(plan) && since.elapsed() < KEPT;
        holds.then(|| Arc::clone(learnt))
    }

    /// It has refused something; whether that is new.
    pub(super) fn learn(&self, plan: &Arc<Plan>, id: EndpointId, model: &str, refusal: &Refusal) -> bool {
        if model.len() > LONGEST {
            return false;
        }
        let mut known = self.lock();
        if known.plan.as_ptr() != Arc::as_ptr(plan) {
            *known = Known { plan: Arc::downgrade(plan), learnt: HashMap::new() };
        }
        if known.learnt.len() >= MOST {
            known.learnt.clear();
        }
        let (learnt, since) =
            known.learnt.entry((id, model.to_owned())).or_insert_with(|| (Arc::default(), Instant::now()));
        if since.elapsed() >= KEPT {
            *learnt = Arc::default();
        }
        *since = Instant::now();
        let new = Arc::make_mut(learnt).learn(refusal);
        self.some.store(true, Ordering::Relaxed);
        new
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn member(name: &str) -> Refusal {
        Refusal::Members(vec![name.to_owned()])
    }

    fn plan() -> Arc<Plan> {
        Arc::new(fixtures::plan(vec![fixtures::endpoint("a")]))
    }

    const A: EndpointId = EndpointId(1);

    #[tokio::test(start_paused = true)]
    async fn what_was_learnt_holds_for_its_endpoint_and_model_until_its_time_is_over() {
        let (refusals, plan) = (Refusals::default(), plan());
        assert!(refusals.of(&plan, A, "m").is_none());
        assert!(refusals.learn(&plan, A, "m", &member("top_k")));
        assert!(!refusals.learn(&plan, A, "m", &member("top_k")), "nothing new");
        let body = br#"{"model":"m","top_k":1}"#;
        let stripped = refusals.of(&plan, A, "m").and_then(|learnt| learnt.strip(body));
        assert_eq!(stripped.as_deref(), Some(&br#"{"model":"m"}"#[..]));
        assert!(refusals.of(&plan, A, "n").is_none() && refusals.of(&plan, EndpointId(2), "m").is_none());
        tokio::time::advance(KEPT).await;
        assert!(refusals.of(&plan, A, "m").is_none());
        assert!(refusals.learn(&plan, A, "m", &member("top_k")), "it was forgotten");
    }

    #[tokio::test]
    async fn a_reload_forgets_and_what_is_remembered_is_bounded() {
        let (refusals, before, after) = (Refusals::default(), plan(), plan());
        refusals.learn(&before, A, "m", &member("top_k"));
        assert!(refusals.of(&after, A, "m").is_none());
        refusals.learn(&after, A, "m", &member("metadata"));
        assert_eq!(refusals.of(&after, A, "m").and_then(|l| l.strip(br#"{"top_k":1}"#)), None);
        for n in 0..3 * MOST {
            refusals.learn(&after, A, &format!("m{n}"), &member("top_k"));
            assert!(refusals.lock().learnt.len() <= MOST);
        }
        assert!(!refusals.learn(&after, A, &"m".repeat(LONGEST + 1), &member("top_k")));
    }
}
