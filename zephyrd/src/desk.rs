//! All that a person may see and steer, in one place: what the control plane, the HTTP API and the pages stand on.
//!
//! None of them reaches into the engine or the proxy; whoever changes something through here is named in the log.

use std::path::PathBuf;
use std::sync::Arc;

use zephyr_core::config::{self, Dialect};
use zephyr_core::engine::{Ask, Command, EndpointView, Refusal, Route};

use crate::config_source::ConfigStatus;
use crate::engine_handle::Handle;
use crate::ledger::Ledger;
use crate::meter::Meter;
use crate::samples::Samples;
use crate::system::log_ring::LogRing;
use crate::system::text::clean;
use crate::tasks::Tasks;
use crate::trace::{Running, Traces};

/// Cheap to clone; see the module.
#[derive(Clone)]
pub(crate) struct Desk {
    /// The engine and the plan.
    pub(crate) handle: Handle,
    /// What was used and what it cost.
    pub(crate) ledger: Ledger,
    /// The ways of the last requests.
    pub(crate) traces: Traces,
    /// The requests that run.
    pub(crate) running: Running,
    /// What requests came to since the start.
    pub(crate) meter: Meter,
    /// How it was, minute by minute.
    pub(crate) samples: Samples,
    /// The last lines of the log.
    pub(crate) log: LogRing,
    /// The config in force.
    pub(crate) config: Arc<ConfigStatus>,
    /// What the engine does not know of the daemon.
    pub(crate) daemon: Arc<DaemonInfo>,
    /// Where work goes that outlives a call.
    pub(crate) tasks: Tasks,
}

/// What the daemon tells of itself that the engine does not know.
#[derive(Debug, Clone, Default)]
pub(crate) struct DaemonInfo {
    /// Where the proxy listens: `http://127.0.0.1:8080`.
    pub(crate) listen: Vec<String>,
    /// Where the dashboard is: `http://127.0.0.1:8010`; empty where there is none.
    pub(crate) web: Vec<String>,
    /// What its lines in the journal match; empty where it logs elsewhere.
    pub(crate) journal: Vec<String>,
    /// Where counters and pins are kept.
    pub(crate) state_dir: Option<PathBuf>,
    /// When it was started, Unix milliseconds.
    pub(crate) started_unix_ms: i64,
}

/// Who steers, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Somebody on the control socket, by user id where it is known.
    Socket(Option<u32>),
    /// Somebody who has logged in to the dashboard, or sends the admin token.
    Web,
    /// Somebody on a loopback address, where the config lets all of them.
    Loopback,
}

impl Desk {
    /// Carries out an operator's command: it is in force, and will be after a restart, when this returns.
    ///
    /// # Errors
    /// What the engine refuses.
    pub(crate) async fn carry_out(&self, command: &Command, by: By) -> Result<(), Refusal> {
        self.handle.command(command)?;
        self.handle.kept().await;
        by.log(&told(command));
        Ok(())
    }
}

/// Where a request for a model would go now.
pub(crate) struct Way {
    /// The dialect that it would come in.
    pub(crate) dialect: Dialect,
    /// The config's route that it would take.
    pub(crate) route: Option<Arc<config::Route>>,
    /// Why, in one phrase, safe to show.
    pub(crate) why: String,
    /// Who would be tried, in order, and who not and why, each with how it is.
    pub(crate) candidates: Vec<(Route, EndpointView)>,
}

impl Desk {
    /// Where a request for `model` would go now; without a dialect it is that of the first endpoints.
    pub(crate) fn way(&self, model: &str, dialect: Option<Dialect>, client_credential: Option<u64>) -> Way {
        let serving = self.handle.snapshot().serving;
        let main = serving.first().map_or(Dialect::Anthropic, |s| s.dialect);
        let dialect = dialect.unwrap_or(main);
        let plan = self.handle.plan();
        let route = plan.route(model).cloned();
        let ask = Ask {
            model,
            route: route.as_ref().map(|route| route.model.as_str()),
            translates: true,
            client_credential,
            ..Ask::inference(dialect)
        };
        let (routes, views) = self.handle.route(&ask);
        let own = serving.iter().find(|s| s.dialect == dialect).map(|s| clean(&s.why));
        let why = match (&route, own) {
            (Some(route), _) => format!("by the route `{}`", clean(&route.model)),
            (None, None) => format!("nobody speaks `{}`: translated", dialect.name()),
            (None, Some(why)) if plan.routes.is_empty() => why,
            (None, Some(why)) => format!("no route matches; {why}"),
        };
        let seen = |route: Route| {
            let view = views.iter().find(|view| view.endpoint.name == route.endpoint)?.clone();
            Some((route, view))
        };
        Way { dialect, why, candidates: routes.into_iter().filter_map(seen).collect(), route }
    }
}

impl By {
    /// Writes down what was done.
    pub(crate) fn log(self, what: &str) {
        match self {
            Self::Socket(uid) => tracing::info!(uid, "operator: {what}"),
            Self::Web => tracing::info!(by = "web", "operator: {what}, by the dashboard"),
            Self::Loopback => tracing::info!(by = "loopback", "operator: {what}, over HTTP without a login"),
        }
    }
}

fn told(command: &Command) -> String {
    match command {
        Command::Pin { name, fallback: false } => format!("pin {}", clean(name)),
        Command::Pin { name, fallback: true } => format!("pin {} with fallback", clean(name)),
        Command::Unpin => "unpin".to_owned(),
        Command::Pause(None) => "pause monitoring".to_owned(),
        Command::Pause(Some(name)) => format!("pause {}", clean(name)),
        Command::Resume(None) => "resume monitoring".to_owned(),
        Command::Resume(Some(name)) => format!("resume {}", clean(name)),
        Command::Drain(name) => format!("drain {}", clean(name)),
        Command::Activate { group, force: false } => format!("activate group {}", clean(group)),
        Command::Activate { group, force: true } => format!("activate group {} by force", clean(group)),
        Command::PauseGroup { group, lasts: None } => format!("pause group {}", clean(group)),
        Command::PauseGroup { group, lasts: Some(lasts) } => {
            format!("pause group {} for {} s", clean(group), lasts.as_secs())
        }
        Command::ResumeGroup(group) => format!("resume group {}", clean(group)),
        Command::Prioritise { name, priority: Some(n) } => format!("priority of {} is {n}", clean(name)),
        Command::Prioritise { name, priority: None } => {
            format!("priority of {} is the config's", clean(name))
        }
        Command::Prefer(name) => format!("prefer {}", clean(name)),
    }
}
