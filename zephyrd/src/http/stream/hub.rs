//! The one task that watches for all watchers, and the ring that serves them.
//!
//! It runs while somebody watches, and a while longer, so that a page that is loaded anew, or a connection that was lost,
//! goes on where it was.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::batch::Batch;
use super::kind::{Kind, Kinds};
use super::ring::{Most, Next, Ring};
use super::sources::{Sources, Woken};
use crate::desk::Desk;

/// Most that watch at one time.
pub(super) const MOST_WATCHERS: usize = 256;
/// What the ring keeps.
const KEPT: Most = Most { frames: 1024, bytes: 4 << 20 };
/// How long the task goes on when nobody watches.
const LINGERS: Duration = Duration::from_secs(60);
/// How often whatever has no events is looked at.
const TICK: Duration = Duration::from_secs(1);
/// After so many ticks all watchers look whether they may still watch, and whether they are still there.
const BEAT_TICKS: u64 = 5;
/// After so many ticks the charts have one more point.
const CHART_TICKS: u64 = 60;

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Hub(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    kept: Most,
}

struct State {
    ring: Ring,
    watchers: usize,
    /// How many want each kind.
    wanted: [usize; Kind::ALL.len()],
    /// Tells of frames and beats; `None` while the task does not run.
    news: Option<watch::Receiver<u64>>,
}

/// A place among the watchers; leaving it gives it back.
pub(super) struct Place {
    hub: Hub,
    kinds: Kinds,
    /// Changes with every batch; its value is the number of beats. Closed when the task ends.
    pub(super) news: watch::Receiver<u64>,
    /// The last frame that the watcher has.
    number: u64,
    /// It goes on where it was.
    pub(super) resumed: bool,
}

impl Default for Hub {
    fn default() -> Self {
        Self::keeping(KEPT)
    }
}

impl Hub {
    /// A hub whose ring is of this size.
    pub(super) fn keeping(kept: Most) -> Self {
        let ring = Ring::new(String::new(), kept);
        let state = State { ring, watchers: 0, wanted: [0; Kind::ALL.len()], news: None };
        Self(Arc::new(Inner { state: Mutex::new(state), kept }))
    }

    /// One more watcher of `kinds`, which has all up to the frame `last`; `None` when there are too many.
    pub(super) fn join(&self, desk: &Desk, kinds: Kinds, last: Option<&str>) -> Option<Place> {
        let mut state = self.state();
        if state.watchers == MOST_WATCHERS {
            return None;
        }
        let news = match &state.news {
            Some(news) => news.clone(),
            None => {
                let (sender, news) = watch::channel(0);
                state.ring = Ring::new(epoch(desk), self.0.kept);
                state.news = Some(news.clone());
                // It listens from here on, whenever the task comes to run: what is told next misses nothing.
                let sources = Sources::new(desk.clone());
                desk.tasks.spawn_until_stop(run(Post { hub: self.clone(), news: sender }, sources));
                news
            }
        };
        state.watchers += 1;
        Kind::ALL
            .into_iter()
            .filter(|kind| kinds.has(*kind))
            .for_each(|kind| state.wanted[kind as usize] += 1);
        let resumes = last.and_then(|id| state.ring.resumes(id));
        let number = resumes.unwrap_or(state.ring.next_number() - 1);
        drop(state);
        Some(Place { hub: self.clone(), kinds, news, number, resumed: resumes.is_some() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A name that no ring had before. Where the kernel gives no randomness the clock has to do.
fn epoch(desk: &Desk) -> String {
    let mut bytes = [0; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => format!("{:016x}", u64::from_ne_bytes(bytes)),
        Err(_) => format!("{:x}", desk.handle.clock().now().unix_ms),
    }
}

impl Place {
    /// What there is for the watcher; it has it then.
    pub(super) fn next(&mut self) -> Next {
        let next = self.hub.state().ring.after(self.number, self.kinds);
        if let Next::Frames(_, number) | Next::Nothing(number) = next {
            self.number = number;
        }
        next
    }

    /// The watcher is told the whole state: it goes on behind what is the newest now, which has this epoch and number.
    pub(super) fn catch_up(&mut self) -> (String, u64) {
        let state = self.hub.state();
        self.number = state.ring.next_number() - 1;
        (state.ring.epoch().to_owned(), self.number)
    }

    /// What the watcher wants.
    pub(super) fn kinds(&self) -> Kinds {
        self.kinds
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        state.watchers -= 1;
        let left = Kind::ALL.into_iter().filter(|kind| self.kinds.has(*kind));
        left.for_each(|kind| state.wanted[kind as usize] -= 1);
    }
}

/// The task's end of the hub: when it goes, however it ends, the watchers end too.
struct Post {
    hub: Hub,
    news: watch::Sender<u64>,
}

impl Drop for Post {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        // Another may run already, if this one has left by itself.
        if state.news.as_ref().is_some_and(|news| news.same_channel(&self.news.subscribe())) {
            state.news = None;
        }
    }
}

async fn run(post: Post, mut sources: Sources) {
    let epoch = post.hub.state().ring.epoch().to_owned();
    let (mut ticks, mut count, mut watched) = (interval(TICK), 0_u64, Instant::now());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let woken = tokio::select! {
            woken = sources.changed() => woken,
            _ = ticks.tick() => Woken::Tick,
        };
        let (now, wanted, next) = {
            let state = post.hub.state();
            (Instant::now(), state.wanted(), state.ring.next_number())
        };
        let minute = matches!(woken, Woken::Tick) && count.is_multiple_of(CHART_TICKS) && count > 0;
        let charts = if minute && wanted.has(Kind::Chart) { sources.charts().await } else { Vec::new() };
        let mut batch = Batch::begin(&epoch, next);
        sources.tell(&woken, wanted, now, &mut batch);
        charts.iter().for_each(|json| batch.add_json(Kind::Chart, json));
        let told = !batch.is_empty();
        let (bytes, ends) = batch.finished();
        let mut state = post.hub.state();
        state.ring.push(&bytes, &ends);
        if state.watchers > 0 {
            watched = now;
        } else if now.duration_since(watched) >= LINGERS {
            state.news = None;
            return;
        }
        drop(state);
        count += u64::from(matches!(woken, Woken::Tick));
        let beat = count / BEAT_TICKS;
        if told || *post.news.borrow() != beat {
            post.news.send_replace(beat);
        }
    }
}

impl State {
    fn wanted(&self) -> Kinds {
        let wanted: Vec<Kind> =
            Kind::ALL.into_iter().filter(|kind| self.wanted[*kind as usize] > 0).collect();
        Kinds::of(&wanted)
    }
}
