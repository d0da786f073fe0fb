//! The one handle through which proxy, probes, control plane and pages reach the engine and the plan:
//! commands in, snapshots and events out.
//!
//! The engine sits behind a lock that is held for microseconds and never across an await; a panic inside it
//! does not poison it. Watchers read a bounded broadcast and are told what they missed.

mod clock;
mod keeping;
mod lease;
mod network;
mod orders;
mod probing;
mod pump;
mod routing;
mod sessions;
mod waiting;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Notify, broadcast, mpsc, oneshot};
use zephyr_core::config::{Plan, Problem, diff};
use zephyr_core::engine::{
    Ask, Command, EndpointId, Engine, Event, Memory, NoEndpoint, Notice, Refusal, Snapshot, Verdict,
};
use zephyr_core::time::{Now, SplitMix};

pub(crate) use clock::Clock;
use keeping::Keeping;
pub(crate) use lease::LeaseGuard;
pub(crate) use orders::{CheckResult, Gone, ProbeOrder, ReloadAnswer, ReloadOrder, TestReport};
use waiting::Waiters;
pub(crate) use waiting::{Choice, Waited, Waiting};

/// How many changes a watcher may lag behind before it is told that it missed some.
const WATCH_QUEUE: usize = 256;

/// One change of the snapshot.
#[derive(Debug, Clone)]
pub(crate) struct Delta {
    /// What changed.
    pub(crate) event: Event,
}

/// What was in force when a watcher came, and everything after it.
pub(crate) struct Subscription {
    /// The whole state.
    pub(crate) snapshot: Snapshot,
    /// The changes after it.
    pub(crate) deltas: broadcast::Receiver<Arc<Delta>>,
}

/// Cheap to clone; see the module.
#[derive(Clone)]
pub(crate) struct Handle {
    inner: Arc<Inner>,
}

/// What is behind the lock.
struct Core {
    engine: Engine,
    rng: SplitMix,
    waiters: Waiters,
}

struct Inner {
    core: Mutex<Core>,
    plan: ArcSwap<Plan>,
    clock: Clock,
    /// Something in the engine changed: the pump should look.
    changed: Notify,
    /// Something was done that may make probes due: the probe runner should look.
    steered: Notify,
    keeping: Keeping,
    deltas: broadcast::Sender<Arc<Delta>>,
    probes: mpsc::Sender<ProbeOrder>,
    reloads: mpsc::Sender<ReloadOrder>,
}

/// The far ends of the handle's order queues, for the probe runner and the config source.
pub(crate) struct Orders {
    /// For the probe runner.
    pub(crate) probes: mpsc::Receiver<ProbeOrder>,
    /// For the config source.
    pub(crate) reloads: mpsc::Receiver<ReloadOrder>,
}

impl Handle {
    /// A handle on a fresh engine for `plan` that remembers `memory`.
    pub(crate) fn new(plan: Arc<Plan>, memory: Option<&Memory>, seed: u64) -> (Self, Orders) {
        let clock = Clock::start();
        let mut engine = Engine::new(&plan, clock.now());
        if let Some(memory) = memory {
            engine.restore(memory, clock.now());
        }
        let (probes, probe_orders) = mpsc::channel(16);
        let (reloads, reload_orders) = mpsc::channel(4);
        let inner = Inner {
            core: Mutex::new(Core { engine, rng: SplitMix::new(seed), waiters: Waiters::default() }),
            plan: ArcSwap::new(plan),
            clock,
            changed: Notify::new(),
            steered: Notify::new(),
            keeping: Keeping::default(),
            deltas: broadcast::channel(WATCH_QUEUE).0,
            probes,
            reloads,
        };
        (Self { inner: Arc::new(inner) }, Orders { probes: probe_orders, reloads: reload_orders })
    }

    fn core(&self) -> MutexGuard<'_, Core> {
        self.inner.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the engine that may change it: whoever waited for that is told, and the pump looks.
    fn enter<T>(&self, act: impl FnOnce(&mut Core, Now) -> T) -> T {
        let done = self.visit(act);
        self.inner.changed.notify_one();
        done
    }

    /// As [`Self::enter`], for the pump itself.
    fn visit<T>(&self, act: impl FnOnce(&mut Core, Now) -> T) -> T {
        let now = self.inner.clock.now();
        let mut guard = self.core();
        let core = &mut *guard;
        let done = act(core, now);
        let messages = core.waiters.messages(&mut core.engine, now);
        drop(guard);
        self.deliver(messages);
        done
    }

    /// The plan in force.
    pub(crate) fn plan(&self) -> Arc<Plan> {
        self.inner.plan.load_full()
    }

    /// The daemon's clock.
    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The right to make one attempt. It settles itself as cancelled when it is dropped.
    pub(crate) fn choose(&self, ask: &Ask<'_>) -> Result<LeaseGuard, NoEndpoint> {
        let lease = self.enter(|core, now| core.engine.choose(ask, now, &mut core.rng));
        lease.map(|lease| LeaseGuard::new(self.clone(), lease))
    }

    /// Lets one attempt begin that follows another of its request that may have been billed; else how long to wait
    /// before asking again.
    pub(crate) fn retry(&self) -> Result<(), Duration> {
        let now = self.inner.clock.now();
        self.core().engine.retry(now)
    }

    /// As [`Self::choose`], for one endpoint and no other.
    pub(crate) fn choose_same(&self, id: EndpointId, ask: &Ask<'_>) -> Result<LeaseGuard, NoEndpoint> {
        let lease = self.enter(|core, now| core.engine.choose_same(id, ask, now));
        lease.map(|lease| LeaseGuard::new(self.clone(), lease))
    }

    /// Reports what a probe found.
    pub(crate) fn probed(&self, id: EndpointId, verdict: &Verdict) {
        self.enter(|core, now| core.engine.probed(id, verdict, now));
    }

    /// Carries out an operator's command.
    pub(crate) fn command(&self, command: &Command) -> Result<(), Refusal> {
        let done = self.enter(|core, now| core.engine.command(command, now));
        self.inner.steered.notify_one();
        done
    }

    /// Waits until what was commanded so far is kept over a restart.
    pub(crate) async fn kept(&self) {
        self.inner.keeping.asked(|| self.inner.changed.notify_one()).await;
    }

    /// The whole state.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.core().engine.snapshot(self.inner.clock.now())
    }

    /// What the next process should know.
    pub(crate) fn memory(&self) -> Memory {
        self.core().engine.memory(self.inner.clock.now())
    }

    /// Takes up a new plan whole: requests that begin after this call see it.
    pub(crate) fn apply(&self, plan: Arc<Plan>) {
        let old = self.inner.plan.load_full();
        let changes = diff(&old, &plan);
        let order: Vec<String> = plan.endpoints.iter().map(|e| e.name.clone()).collect();
        self.enter(|core, now| {
            core.engine.apply(&changes, &order, now);
            self.inner.plan.store(plan);
        });
        self.inner.steered.notify_one();
    }

    /// The state now and every change after it.
    pub(crate) fn subscribe(&self) -> Subscription {
        let now = self.inner.clock.now();
        let mut core = self.core();
        // What is still unpolled belongs to the snapshot: hand it to the earlier watchers first.
        self.publish(&mut core.engine);
        Subscription { snapshot: core.engine.snapshot(now), deltas: self.inner.deltas.subscribe() }
    }

    /// Probes one endpoint, one group or everything, now.
    pub(crate) async fn check(
        &self,
        name: Option<String>,
    ) -> Result<Result<Vec<CheckResult>, Refusal>, Gone> {
        let (answer, answered) = oneshot::channel();
        self.inner.probes.send(ProbeOrder::Check { name, answer }).await.map_err(|_| Gone)?;
        answered.await.map_err(|_| Gone)
    }

    /// Sends one real prompt to one endpoint.
    pub(crate) async fn test(
        &self,
        name: String,
        model: Option<String>,
        prompt: Option<String>,
    ) -> Result<Result<TestReport, Refusal>, Gone> {
        let (answer, answered) = oneshot::channel();
        let order = ProbeOrder::Test { name, model, prompt, answer };
        self.inner.probes.send(order).await.map_err(|_| Gone)?;
        answered.await.map_err(|_| Gone)
    }

    /// Reads the config anew and takes it up, or answers everything that is wrong with it.
    pub(crate) async fn reload(&self) -> Result<Result<ReloadAnswer, Vec<Problem>>, Gone> {
        let (answer, answered) = oneshot::channel();
        self.inner.reloads.send(ReloadOrder { answer }).await.map_err(|_| Gone)?;
        answered.await.map_err(|_| Gone)
    }

    /// Sends the engine's unpolled events to the watchers; without any they stay folded in the engine.
    fn publish(&self, engine: &mut Engine) {
        if self.inner.deltas.receiver_count() == 0 {
            return;
        }
        let now = self.inner.clock.now();
        while let Some(event) = engine.poll_event(now) {
            // No watcher is no error.
            let _ = self.inner.deltas.send(Arc::new(Delta { event }));
        }
    }

    fn poll_notice(&self) -> Option<Notice> {
        self.core().engine.poll_notice()
    }

    fn poll_timeout(&self) -> Option<Duration> {
        self.core().engine.poll_timeout()
    }
}
