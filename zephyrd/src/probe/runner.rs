//! Sends the probes that are due, all in parallel, and answers `check` and `test`.
//!
//! At most 64 probes run at one time. What is due, and of which kind, the engine decides; on demand the asked
//! kind is sent, paused or not, budget or not.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use zephyr_core::config::{Endpoint, ProbeKind};
use zephyr_core::engine::{EndpointId, Refusal};
use zephyr_core::failover::Class;

use super::price::Spent;
use super::{carry, trial, zone};
use crate::engine_handle::{CheckResult, Handle, ProbeOrder, TestReport};
use crate::ledger::Ledger;
use crate::tasks::Tasks;
use crate::upstream::Upstream;

/// Probes that run at one time.
const AT_ONCE: usize = 64;
/// What is due is looked at no more seldom than this.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The machine's time zone is asked for anew: somebody may have moved, and tables of changes end.
const ZONE_EVERY: Duration = Duration::from_secs(15 * 60);

/// Runs until the daemon stops or nobody can give orders any more.
pub(crate) async fn run(
    handle: Handle,
    ledger: Ledger,
    upstream: Arc<Upstream>,
    mut orders: mpsc::Receiver<ProbeOrder>,
    tasks: Tasks,
) {
    let runner = Runner { handle, ledger, upstream, tasks, places: Arc::new(Semaphore::new(AT_ONCE)) };
    let stopping = runner.tasks.stopping();
    let mut zone_is_old = Instant::now();
    loop {
        if zone_is_old <= Instant::now() {
            runner.handle.set_zone(zone::of_machine());
            zone_is_old = Instant::now() + ZONE_EVERY;
        }
        runner.start_what_is_due();
        let soon = Instant::now() + LOOK_EVERY;
        let wake = runner.handle.next_probe().map_or(soon, |at| soon.min(Instant::from_std(at)));
        tokio::select! {
            () = sleep_until(wake) => {}
            () = runner.handle.steered() => {}
            order = orders.recv() => match order {
                Some(order) => runner.take(order),
                None => return,
            },
            () = stopping.cancelled() => return,
        }
    }
}

#[derive(Clone)]
struct Runner {
    handle: Handle,
    ledger: Ledger,
    upstream: Arc<Upstream>,
    tasks: Tasks,
    places: Arc<Semaphore>,
}

impl Runner {
    fn start_what_is_due(&self) {
        for (id, endpoint, kind) in self.handle.take_due_probes() {
            let runner = self.clone();
            self.tasks.spawn_until_stop(async move {
                runner.probe(id, &endpoint, kind).await;
            });
        }
    }

    /// Sends one probe and tells the engine what it found.
    async fn probe(&self, id: EndpointId, endpoint: &Endpoint, kind: ProbeKind) -> CheckResult {
        // Closed never; without a place the probe would only be one too many.
        let _place = self.places.acquire().await;
        let plan = self.handle.plan();
        let found = carry::out(&self.upstream, endpoint, kind, &plan).await;
        let verdict = found.verdict;
        self.account(id, endpoint, &found.spent);
        self.handle.probed(id, &verdict);
        tracing::debug!(
            endpoint = endpoint.name.as_str(),
            kind = kind.name(),
            duration_ms = verdict.latency.map(|d| d.as_millis()),
            cost_nanos = found.spent.nanos,
            detail = verdict.detail.as_deref(),
            "probed"
        );
        CheckResult {
            endpoint: endpoint.name.clone(),
            kind,
            latency: verdict.latency,
            error: if verdict.class == Class::Ok { None } else { Some(verdict.detail.unwrap_or_default()) },
        }
    }

    /// Counts what a probe spent against its budget, and in the records.
    fn account(&self, id: EndpointId, endpoint: &Endpoint, spent: &Spent) {
        if spent.nanos > 0 {
            self.handle.probe_cost(id, spent.nanos);
        }
        if !spent.tokens.is_empty() {
            let nanos = i64::try_from(spent.nanos).unwrap_or(i64::MAX);
            self.ledger.probed(&endpoint.name, &spent.model, spent.tokens, nanos);
        }
    }

    fn take(&self, order: ProbeOrder) {
        let runner = self.clone();
        match order {
            ProbeOrder::Check { name, answer } => {
                self.tasks.spawn_until_stop(async move { runner.check(name.as_deref(), answer).await });
            }
            ProbeOrder::Test { name, model, prompt, answer } => {
                self.tasks.spawn_until_stop(async move {
                    let report = runner.test(&name, model, prompt).await;
                    // Whoever asked may have gone.
                    let _ = answer.send(report);
                });
            }
        }
    }

    async fn check(&self, name: Option<&str>, answer: oneshot::Sender<Result<Vec<CheckResult>, Refusal>>) {
        let found = match self.handle.find(name) {
            Ok(found) => found,
            Err(refusal) => {
                let _ = answer.send(Err(refusal));
                return;
            }
        };
        let (sender, mut receiver) = mpsc::channel(found.len().max(1));
        for (position, (id, endpoint)) in found.into_iter().enumerate() {
            self.handle.probe_started(id);
            let (runner, sender) = (self.clone(), sender.clone());
            self.tasks.spawn_until_stop(async move {
                let kind = on_demand(&endpoint);
                let result = runner.probe(id, &endpoint, kind).await;
                let _ = sender.send((position, result)).await;
            });
        }
        drop(sender);
        let mut results = Vec::new();
        while let Some(result) = receiver.recv().await {
            results.push(result);
        }
        results.sort_by_key(|(position, _)| *position);
        let _ = answer.send(Ok(results.into_iter().map(|(_, result)| result).collect()));
    }

    async fn test(
        &self,
        name: &str,
        model: Option<String>,
        prompt: Option<String>,
    ) -> Result<TestReport, Refusal> {
        let found = self.handle.find(Some(name))?;
        // A group is tested by its first endpoint.
        let Some((id, endpoint)) = found.into_iter().next() else {
            return Err(Refusal::UnknownName { name: name.to_owned(), nearest: None });
        };
        let _place = self.places.acquire().await;
        let plan = self.handle.plan();
        let (report, spent) = trial::run(&self.upstream, &endpoint, model, prompt, &plan).await;
        self.account(id, &endpoint, &spent);
        Ok(report)
    }
}

/// What is sent on demand: what the config says, but no request without a credential.
fn on_demand(endpoint: &Endpoint) -> ProbeKind {
    if endpoint.is_passthrough() { ProbeKind::Connect } else { endpoint.probe.kind }
}
