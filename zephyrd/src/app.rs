//! Puts the daemon together: the only place that names concrete rooms.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use zephyr_core::config::{Database, Plan};
use zephyr_core::engine::{Command, Refusal};

use crate::config_source::{self, ConfigSource, ConfigStatus};
use crate::control;
use crate::desk::{DaemonInfo, Desk};
use crate::engine_handle::Handle;
use crate::front::{Front, TABLE};
use crate::http;
use crate::ledger::Ledger;
use crate::listen;
use crate::meter::Meter;
use crate::network::{self, Sleep};
use crate::paths::Paths;
use crate::probe;
use crate::proxy::Proxy;
use crate::samples::Samples;
use crate::state::{MemoryFile, RequestIds};
use crate::store::WriterSettings;
use crate::system::log;
use crate::system::log_ring::LogRing;
use crate::system::notify::{Notifier, status_line};
use crate::tasks::Tasks;
use crate::trace::{Running, Traces};
use crate::upstream::Upstream;

/// How often a stopping daemon asks its service manager for more time.
const EXTEND_EVERY: Duration = Duration::from_secs(5);
/// How much time it asks for: several missed questions' worth.
const EXTEND_BY: Duration = Duration::from_secs(20);

/// How long the start waits to be told what was spent before.
const EARLIER_RECORDS: Duration = Duration::from_secs(2);
/// How long the last records may take to be written.
const LAST_RECORDS: Duration = Duration::from_secs(10);

/// Why the daemon could not start.
type StartError = Box<dyn std::error::Error + Send + Sync>;

/// Serves until told to stop. Exits 0 after a stop, 78 for a bad config, 1 for anything else.
pub(crate) fn run(source: ConfigSource, prefer: Option<String>) -> ExitCode {
    let loaded = match source.load() {
        Ok(loaded) => loaded,
        Err(problems) => return config_source::print_problems(&problems),
    };
    let ring = LogRing::default();
    let log = match log::init(&loaded.plan.log, ring.clone()) {
        Ok(log) => log,
        Err(e) => return failed(&e),
    };
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(e) => return failed(&e),
    };
    let served = runtime.block_on(serve(source, prefer, loaded, (log.clone(), ring)));
    log.flush();
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => failed(&*e),
    }
}

/// A runtime with a worker for every second core (`TOKIO_WORKER_THREADS` says otherwise): one carries some
/// 20,000 requests or 300,000 events a second, each further one costs wake-ups across threads (a tenth of the CPU
/// time on two cores), and the agents that are served mostly run on the same machine.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if std::env::var_os("TOKIO_WORKER_THREADS").is_none() {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        builder.worker_threads((cores / 2).max(1));
    }
    builder.enable_all().build()
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("Error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("Caused by: {error}");
        cause = error.source();
    }
    ExitCode::FAILURE
}

async fn serve(
    source: ConfigSource,
    prefer: Option<String>,
    loaded: config_source::Loaded,
    (log, ring): (log::LogControl, LogRing),
) -> Result<(), StartError> {
    let mut signals = Signals::listen()?;
    let plan = Arc::clone(&loaded.plan);
    let paths = Paths::of_process();
    let state_dir = plan.server.state_dir.clone().unwrap_or_else(|| paths.state.clone());
    private_dir(&state_dir);
    let socket = plan.control.socket.clone().unwrap_or_else(|| paths.control_socket());

    // The control socket first: it tells a second daemon from the first before anything else is touched.
    let control = control::bind(&socket)?;
    let listeners = listen::bind(&plan.server.listen)?;
    let acceptor = listen::acceptor(plan.server.tls.as_ref())?;
    let scheme = if acceptor.is_some() { "https" } else { "http" };
    let urls = addresses(&listeners, scheme);
    let site_listeners = site_listeners(&plan);
    let web = addresses(&site_listeners, scheme);

    let tasks = Tasks::default();
    let memory = MemoryFile::new(&state_dir);
    let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), std::process::id());
    let (handle, orders) = Handle::new(Arc::clone(&plan), memory.load().as_ref(), seed);
    if let Some(name) = prefer {
        handle.command(&Command::Prefer(name)).map_err(|refusal| match &refusal {
            Refusal::UnknownName { nearest: Some(near), .. } => {
                format!("`--prefer`: {refusal}; did you mean `{near}`?")
            }
            _ => format!("`--prefer`: {refusal}"),
        })?;
    }
    let upstream = Arc::new(Upstream::default());
    let ids = RequestIds::open(&state_dir);
    let meter = Meter::new(log.lost_lines());
    let ledger = Ledger::open(handle.clone(), meter.clone(), records(&plan, &state_dir));
    let began = handle.clock().now().unix_ms;
    let bodies = plan.server.max_replay_bytes;
    let traces = Traces::default();
    let proxy = Arc::new(Proxy::new(
        handle.clone(),
        Arc::clone(&upstream),
        ids,
        (ledger.clone(), traces.clone()),
        bodies,
        tasks.clone(),
    ));
    let running = proxy.running();
    let notifier = Arc::new(Notifier::from_env());

    let status = Arc::new(ConfigStatus::new(loaded.shown()));
    let access = http::Access::open(&state_dir)?;
    let daemon = DaemonInfo {
        listen: urls.clone(),
        web,
        journal: log.journal(),
        state_dir: Some(state_dir),
        started_unix_ms: began,
    };
    let desk = Desk {
        handle: handle.clone(),
        ledger: ledger.clone(),
        traces,
        running: running.clone(),
        meter,
        samples: Samples::default(),
        log: ring,
        config: Arc::clone(&status),
        daemon: Arc::new(daemon),
        tasks: tasks.clone(),
    };
    tasks.spawn_until_stop(desk.samples.clone().watch(desk.clone()));
    let room = http::Room { desk: desk.clone(), access: access.clone() };
    let local = Arc::new(http::Local::new(room.clone()));
    let front = Front::new(handle.clone(), proxy, &TABLE, local);
    listen::serve(listeners, acceptor.clone(), Arc::new(front), &tasks);
    listen::serve(site_listeners, acceptor, Arc::new(http::Site::new(room)), &tasks);
    let serving = control::serve(control, desk, access);
    tasks.spawn(async move {
        if let Err(e) = serving.await {
            tracing::error!("{e}");
        }
    });
    tasks.spawn_until_stop(Arc::clone(&upstream).tidy());
    // What was spent before counts from the first request on, unless the store keeps the daemon waiting.
    let known = matches!(timeout(EARLIER_RECORDS, ledger.restore_once(began)).await, Ok(Ok(())));
    tasks.spawn_until_stop(ledger.clone().restore(began, known));
    tasks.spawn_until_stop(network::watch(handle.clone(), Arc::clone(&upstream)));
    let prober =
        probe::run(handle.clone(), ledger.clone(), Arc::clone(&upstream), orders.probes, tasks.clone());
    tasks.spawn_until_stop(prober);
    let reloading = Arc::clone(&notifier);
    tasks.spawn_until_stop(source.serve(handle.clone(), orders.reloads, status, log, move |begins| {
        if begins { reloading.reloading() } else { reloading.ready() }
    }));

    announce(&plan, loaded.path.as_deref(), &urls, &socket);
    notifier.status(&status_line(&handle.snapshot()));
    notifier.ready();

    let (turning, looking) = (Arc::clone(&notifier), handle.clone());
    let (sleep, pooled) = (Sleep::new(), Arc::clone(&upstream));
    let turned = move || {
        network::look_for_sleep(&sleep, &looking, &pooled);
        turning.turned(|| status_line(&looking.snapshot()));
    };
    let keep = handle.clone().keep(|known| memory.keep(known));
    tokio::select! {
        () = handle.clone().pump(turned) => {}
        () = keep => {}
        () = until_drained(&mut signals, &handle, &tasks, &running, &notifier) => {}
    }
    memory.close(&handle.memory());
    ledger.close(LAST_RECORDS).await;
    tracing::info!("stopped");
    Ok(())
}

/// Opens what the dashboard listens on. Where that does not work the daemon serves without it: requests matter more.
fn site_listeners(plan: &Plan) -> Vec<TcpListener> {
    let mut open = Vec::new();
    for wanted in &plan.web.listen {
        match listen::bind(std::slice::from_ref(wanted)) {
            Ok(listeners) => open.extend(listeners),
            Err(e) => tracing::warn!(addr = %wanted.addr, error = %e, "no dashboard at {}: {e}", wanted.addr),
        }
    }
    open
}

fn addresses(listeners: &[TcpListener], scheme: &str) -> Vec<String> {
    listeners.iter().filter_map(|l| l.local_addr().ok()).map(|a| format!("{scheme}://{a}")).collect()
}

/// Where usage records are kept, and how they are written.
fn records(plan: &Plan, state_dir: &Path) -> WriterSettings {
    let usage = &plan.usage;
    let database = match &usage.database {
        Database::Default => Some(state_dir.join("usage.db")),
        Database::File(path) => Some(path.clone()),
        Database::Memory => None,
    };
    WriterSettings {
        database,
        batch_size: usage.batch_size,
        flush_interval: usage.flush_interval,
        retention: usage.retention,
    }
}

/// Makes a directory that only its owner can enter. What fails here is told by whoever needs it.
fn private_dir(dir: &Path) {
    use std::os::unix::fs::DirBuilderExt;
    if let Err(e) = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir) {
        tracing::warn!(dir = %dir.display(), error = %e, "the state directory cannot be made");
    }
}

fn announce(plan: &Plan, config: Option<&Path>, urls: &[String], socket: &Path) {
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        listen = urls.join(" "),
        endpoints = plan.endpoints.len(),
        config = %config.map_or_else(|| PathBuf::from("built-in"), Path::to_path_buf).display(),
        control = %socket.display(),
        "zephyrd serves on {}",
        urls.join(" ")
    );
}

/// The signals that end the daemon.
struct Signals {
    term: Signal,
    int: Signal,
    /// Caught from the start, or a reload asked for too early would end the daemon; the config source, which
    /// obeys it, looks for changes by itself when it begins to listen.
    _hangup: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            _hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}

/// Waits for a signal to stop, then for running requests to end: at most the plan's time, or until a second
/// signal.
async fn until_drained(
    signals: &mut Signals,
    handle: &Handle,
    tasks: &Tasks,
    running: &Running,
    notifier: &Notifier,
) {
    signals.next().await;
    let limit = handle.plan().server.graceful_switch_timeout;
    tracing::info!(requests = running.count(), limit_s = limit.as_secs(), "stopping");
    notifier.stopping();
    tasks.stop();
    handle.stop_waiting();
    let end = Instant::now() + limit;
    let mut ticks = interval(EXTEND_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = signals.next() => {
                tracing::warn!(requests = running.count(), "told twice to stop: running requests are cut");
                return;
            }
            drained = tasks.drained(end.saturating_duration_since(Instant::now())) => {
                if !drained {
                    tracing::warn!(requests = running.count(), "time to stop is over: running requests are cut");
                }
                return;
            }
            _ = ticks.tick() => {
                notifier.extend(EXTEND_BY);
                notifier.status(&format!("stopping: {} requests still run", running.count()));
            }
        }
    }
}
