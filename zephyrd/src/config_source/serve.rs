//! Takes the config up again: when asked, at SIGHUP, and when its files change. Needs the multi-threaded runtime.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use zephyr_core::config::{Plan, Problem, Severity};

use super::watch::FileWatch;
use super::{ConfigSource, ConfigStatus, changes};
use crate::engine_handle::{Handle, ReloadAnswer, ReloadOrder};
use crate::system::log::LogControl;
use crate::system::text::clean;

impl ConfigSource {
    /// Reloads until dropped. `on_reload(true)` is called before each reload and `on_reload(false)` after it.
    pub(crate) async fn serve(
        self,
        handle: Handle,
        orders: mpsc::Receiver<ReloadOrder>,
        status: Arc<ConfigStatus>,
        log: LogControl,
        on_reload: impl Fn(bool),
    ) {
        let level = move |level: &str| {
            if let Err(e) = log.set_level(level) {
                tracing::warn!(error = %e, "the log level stays as it was");
            }
        };
        Reloader::new(self, handle, status, level, on_reload).run(orders).await;
    }
}

pub(super) struct Reloader<L, R> {
    source: ConfigSource,
    handle: Handle,
    status: Arc<ConfigStatus>,
    /// The plan that the daemon began with.
    begun: Arc<Plan>,
    set_level: L,
    on_reload: R,
}

impl<L: Fn(&str), R: Fn(bool)> Reloader<L, R> {
    /// A reloader of `source`, whose last load is in force.
    pub(super) fn new(
        source: ConfigSource,
        handle: Handle,
        status: Arc<ConfigStatus>,
        set_level: L,
        on_reload: R,
    ) -> Self {
        let begun = handle.plan();
        Self { source, handle, status, begun, set_level, on_reload }
    }

    pub(super) async fn run(self, mut orders: mpsc::Receiver<ReloadOrder>) {
        let mut watch = FileWatch::new();
        let mut hangup = signal(SignalKind::hangup())
            .inspect_err(|e| tracing::warn!(error = %e, "SIGHUP does not reload"))
            .ok();
        let hung_up = async |hangup: &mut Option<tokio::signal::unix::Signal>| match hangup {
            Some(hangup) => drop(hangup.recv().await),
            None => std::future::pending().await,
        };
        self.follow(&mut watch);
        // What changed between the first load and here was told to nobody.
        if self.changed() {
            let _ = self.reload("file");
        }
        loop {
            tokio::select! {
                Some(order) = orders.recv() => {
                    let answer = self.reload("order");
                    // Nobody waits for it any more: it is in force all the same.
                    let _ = order.answer.send(answer);
                }
                () = hung_up(&mut hangup) => drop(self.reload("SIGHUP")),
                () = watch.changed() => {
                    if !self.changed() {
                        continue;
                    }
                    let _ = self.reload("file");
                }
            }
            self.follow(&mut watch);
        }
    }

    fn follow(&self, watch: &mut FileWatch) {
        let files = self.source.last().files.clone();
        watch.follow(&files);
    }

    fn changed(&self) -> bool {
        tokio::task::block_in_place(|| self.source.changed())
    }

    /// Reads everything anew and takes it up whole, or changes nothing. `cause` goes into the log.
    pub(super) fn reload(&self, cause: &str) -> Result<ReloadAnswer, Vec<Problem>> {
        (self.on_reload)(true);
        let answer = match tokio::task::block_in_place(|| self.source.load()) {
            Ok(loaded) => Ok(self.take_up(&loaded, cause)),
            Err(problems) => Err(self.refuse(problems, cause)),
        };
        (self.on_reload)(false);
        answer
    }

    fn take_up(&self, loaded: &super::Loaded, cause: &str) -> ReloadAnswer {
        let old = self.handle.plan();
        let changes = changes::lines(&old, &loaded.plan);
        let mut warnings = loaded.warnings.clone();
        warnings.extend(changes::restart_needed(&self.begun, &loaded.plan, loaded.path.as_deref()));
        if old.log.level != loaded.plan.log.level {
            (self.set_level)(&loaded.plan.log.level);
        }
        self.handle.apply(Arc::clone(&loaded.plan));
        self.status.loaded(loaded.shown());
        let told = if changes.is_empty() { "nothing changed".to_owned() } else { changes.join("; ") };
        tracing::info!(cause, "config reloaded: {}", clean(&told));
        warnings.iter().for_each(log_problem);
        ReloadAnswer { changes, warnings }
    }

    fn refuse(&self, problems: Vec<Problem>, cause: &str) -> Vec<Problem> {
        problems.iter().for_each(log_problem);
        tracing::error!(cause, problems = problems.len(), "config not reloaded, the running one stays");
        self.status.refused(problems.clone());
        problems
    }
}

fn log_problem(problem: &Problem) {
    let told = Problem { hint: None, ..problem.clone() };
    let told = clean(&told.to_string());
    let hint = problem.hint.as_deref().map(clean);
    match problem.severity {
        Severity::Error => tracing::error!(hint, "config problem: {told}"),
        Severity::Warning => tracing::warn!(hint, "config problem: {told}"),
    }
}
