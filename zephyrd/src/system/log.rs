//! Where the log goes: the journal with fields, JSON lines, or text.
//!
//! In the journal a field `request` is `ZEPHYR_REQUEST`, so that `journalctl ZEPHYR_REQUEST=req-…` finds a
//! request. `journalctl` shows only the message by default: messages of records tell what matters by themselves.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tracing_subscriber::layer::{Layered, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, reload};
use zephyr_core::config::{Log, LogFormat};

use super::log_ring::LogRing;
use super::log_text::TextFormat;
use super::log_writer::LogWriter;

/// What the journal calls this program.
const JOURNAL_NAME: &str = "zephyrd";

/// Changes the log of the running daemon.
#[derive(Clone)]
pub(crate) struct LogControl {
    filter: reload::Handle<EnvFilter, Registry>,
    writer: LogWriter,
    in_journal: bool,
}

/// Why the log could not be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// `[log] level` is no filter.
    #[error("`{level}` is no log level: {source}")]
    Level {
        /// What was written.
        level: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// `format = "journal"` and the journal does not answer.
    #[error("the journal does not answer")]
    Journal(#[source] std::io::Error),
    /// The log was set up before.
    #[error("the log is set up already")]
    Twice,
}

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Output {
    Journal,
    Json,
    Text { terminal: bool },
}

type Filtered = Layered<reload::Layer<EnvFilter, Registry>, Registry>;

/// Sets the log of this process up. Call it once.
///
/// # Errors
/// [`LogError`].
pub(crate) fn init(log: &Log, ring: LogRing) -> Result<LogControl, LogError> {
    let stream = std::env::var("JOURNAL_STREAM").ok();
    let stderr = rustix::fs::fstat(std::io::stderr()).ok().map(|s| (s.st_dev, s.st_ino));
    let terminal =
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let output = choose(log.format, stream.as_deref(), stderr, terminal);
    let (filter, control) = reload::Layer::new(filter(&log.level)?);
    let writer = LogWriter::start(Box::new(std::io::stderr()));
    let (layer, in_journal) = layer(output, log.format, &writer)?;
    tracing_subscriber::registry()
        .with(filter)
        .with(layer)
        .with(ring)
        .try_init()
        .map_err(|_| LogError::Twice)?;
    Ok(LogControl { filter: control, writer, in_journal })
}

impl LogControl {
    /// Writes what still waits to be written: the last thing before the process ends.
    pub(crate) fn flush(&self) {
        self.writer.flush_all();
    }

    /// Lines that could not be written.
    pub(crate) fn lost_lines(&self) -> Arc<AtomicU64> {
        self.writer.lost_lines()
    }

    /// What this process's lines in the journal match, as `journalctl` takes it; empty where they go elsewhere.
    pub(crate) fn journal(&self) -> Vec<String> {
        let uid = rustix::process::getuid().as_raw();
        let matches = || vec![format!("SYSLOG_IDENTIFIER={JOURNAL_NAME}"), format!("_UID={uid}")];
        if self.in_journal { matches() } else { Vec::new() }
    }

    /// Takes up the level of a new config. The format stays as it was at start.
    ///
    /// # Errors
    /// [`LogError::Level`]; the old level stays in force.
    pub(crate) fn set_level(&self, level: &str) -> Result<(), LogError> {
        let filter = filter(level)?;
        // The only other failure is that the subscriber is gone, which lives as long as the process.
        let _ = self.filter.reload(filter);
        Ok(())
    }
}

/// Where lines go, and whether that is the journal.
fn layer(
    output: Output,
    asked: LogFormat,
    writer: &LogWriter,
) -> Result<(Box<dyn Layer<Filtered> + Send + Sync>, bool), LogError> {
    let fmt = || tracing_subscriber::fmt::layer().with_writer(writer.clone());
    let layer = match output {
        Output::Json => {
            fmt().json().flatten_event(true).with_current_span(false).with_span_list(false).boxed()
        }
        Output::Text { terminal } => fmt().event_format(TextFormat { terminal }).boxed(),
        Output::Journal => match journal() {
            Ok(layer) => return Ok((layer.boxed(), true)),
            Err(error) if asked == LogFormat::Journal => return Err(LogError::Journal(error)),
            Err(_) => fmt().event_format(TextFormat { terminal: false }).boxed(),
        },
    };
    Ok((layer, false))
}

fn journal() -> std::io::Result<tracing_journald::Layer> {
    use tracing_journald::{Priority, PriorityMappings};
    let priorities =
        PriorityMappings { info: Priority::Informational, debug: Priority::Debug, ..PriorityMappings::new() };
    Ok(tracing_journald::layer()?
        .with_field_prefix(Some("ZEPHYR".to_owned()))
        .with_syslog_identifier(JOURNAL_NAME.to_owned())
        .with_priority_mappings(priorities))
}

/// `stream` is `JOURNAL_STREAM`; `stderr` the device and inode behind it.
fn choose(format: LogFormat, stream: Option<&str>, stderr: Option<(u64, u64)>, terminal: bool) -> Output {
    match format {
        LogFormat::Journal => Output::Journal,
        LogFormat::Json => Output::Json,
        LogFormat::Text => Output::Text { terminal },
        LogFormat::Auto => {
            let named = stream
                .and_then(|s| s.split_once(':'))
                .and_then(|(d, i)| Some((d.parse().ok()?, i.parse().ok()?)));
            if named.is_some() && named == stderr { Output::Journal } else { Output::Text { terminal } }
        }
    }
}

/// The filter of `[log] level`. A bare level is ours; libraries stay at warnings.
fn filter(level: &str) -> Result<EnvFilter, LogError> {
    let directives = match level {
        "off" | "error" => level.to_owned(),
        "warn" | "info" | "debug" | "trace" => {
            format!("warn,zephyrd={level},zephyr_core={level},zephyr_wire={level}")
        }
        other => other.to_owned(),
    };
    EnvFilter::builder()
        .parse(directives)
        .map_err(|source| LogError::Level { level: level.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_takes_the_journal_only_when_stderr_is_its_stream() {
        let auto = |stream, stderr| choose(LogFormat::Auto, stream, stderr, false);
        assert_eq!(auto(Some("8:4711"), Some((8, 4711))), Output::Journal);
        assert_eq!(auto(Some("8:4711"), Some((8, 4712))), Output::Text { terminal: false });
        assert_eq!(auto(Some("nonsense"), None), Output::Text { terminal: false });
        assert_eq!(auto(None, Some((8, 4711))), Output::Text { terminal: false });
    }

    #[test]
    fn a_bare_level_leaves_libraries_at_warnings() {
        let filter = filter("debug").unwrap().to_string();
        assert!(filter.contains("zephyrd=debug") && filter.split(',').any(|d| d == "warn"), "{filter}");
    }

    #[test]
    fn a_level_that_is_none_is_named() {
        let error = filter("zephyrd=loud").unwrap_err().to_string();
        assert!(error.starts_with("`zephyrd=loud` is no log level"), "{error}");
    }
}
