//! Lists that were fetched, for a while.
//!
//! One that is too old is given while a new one is fetched. Each is fetched once at a time, by a task of its own, so that
//! one that comes too late for its client is there for the next. A new plan begins with none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout, timeout_at};
use zephyr_core::config::{Endpoint, Plan};

use crate::tasks::Tasks;
use crate::upstream::Upstream;

use super::Model;
use super::fetch::Source;

/// How long a list is new.
const FRESH: Duration = Duration::from_secs(300);
/// How long an endpoint that gave none is left alone.
const FAILED: Duration = Duration::from_secs(30);
/// How long a list may take.
const FETCH: Duration = Duration::from_secs(10);
/// Most lists that are kept: passed-through logins have one each.
const MOST: usize = 256;

/// See the module; cheap to clone.
#[derive(Clone, Default)]
pub(in crate::proxy) struct Lists(Arc<Inner>);

#[derive(Default)]
struct Inner {
    kept: Mutex<Kept>,
    /// A list has come, or has not.
    changed: Notify,
}

#[derive(Default)]
struct Kept {
    plan: Option<Arc<Plan>>,
    lists: HashMap<Key, Entry>,
}

/// Whose list, and what only its login may see.
type Key = (String, Option<u64>);

#[derive(Default)]
struct Entry {
    models: Option<Arc<Vec<Model>>>,
    /// Until when it is not fetched anew; `None` = it never was.
    until: Option<Instant>,
    fetching: bool,
}

impl Lists {
    /// The lists of `sources`, as far as they are there within `patience`.
    pub(super) async fn all(
        &self,
        plan: &Arc<Plan>,
        sources: Vec<Source>,
        upstream: &Arc<Upstream>,
        tasks: &Tasks,
        patience: Duration,
    ) -> Vec<(Arc<Endpoint>, Arc<Vec<Model>>)> {
        let end = Instant::now() + patience;
        let keys: Vec<(Key, Arc<Endpoint>)> =
            sources.iter().map(|source| (key(source), Arc::clone(&source.endpoint))).collect();
        for source in sources {
            if self.is_due(plan, &key(&source)) {
                let (lists, upstream, plan) = (self.clone(), Arc::clone(upstream), Arc::clone(plan));
                tasks.spawn_until_stop(async move { lists.fetch(&plan, source, &upstream).await });
            }
        }
        loop {
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let settled = |entry: Option<&Entry>| entry.is_none_or(|entry| entry.until.is_some());
            let all = {
                let kept = self.kept();
                keys.iter().all(|(key, _)| settled(kept.lists.get(key)))
            };
            if all || timeout_at(end, changed).await.is_err() {
                break;
            }
        }
        let kept = self.kept();
        let models = |key: &Key| kept.lists.get(key)?.models.clone();
        keys.into_iter().filter_map(|(key, endpoint)| Some((endpoint, models(&key)?))).collect()
    }

    /// Whether somebody has to fetch it; whoever asks does.
    fn is_due(&self, plan: &Arc<Plan>, key: &Key) -> bool {
        let mut kept = self.kept();
        if !kept.plan.as_ref().is_some_and(|of| Arc::ptr_eq(of, plan)) {
            kept.plan = Some(Arc::clone(plan));
            kept.lists.clear();
        }
        if kept.lists.len() >= MOST && !kept.lists.contains_key(key) {
            kept.lists.retain(|_, entry| entry.fetching);
            if kept.lists.len() >= MOST {
                return false;
            }
        }
        let entry = kept.lists.entry(key.clone()).or_default();
        let due = !entry.fetching && entry.until.is_none_or(|until| until <= Instant::now());
        entry.fetching |= due;
        due
    }

    async fn fetch(&self, plan: &Arc<Plan>, source: Source, upstream: &Upstream) {
        let key = key(&source);
        let models = timeout(FETCH, source.fetch(upstream)).await.ok().flatten();
        let mut kept = self.kept();
        // What an earlier plan asked for is not of this one.
        if kept.plan.as_ref().is_some_and(|of| Arc::ptr_eq(of, plan))
            && let Some(entry) = kept.lists.get_mut(&key)
        {
            entry.fetching = false;
            entry.until = Some(Instant::now() + if models.is_some() { FRESH } else { FAILED });
            entry.models = models.map(Arc::new).or_else(|| entry.models.take());
        }
        drop(kept);
        self.0.changed.notify_waiters();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(source: &Source) -> Key {
    (source.endpoint.name.clone(), source.login)
}
