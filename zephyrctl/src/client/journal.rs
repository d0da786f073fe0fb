//! The daemon's lines in the journal, read by `journalctl`.
//!
//! It is there where the daemon logs to it, `journalctl` is installed, and the caller may read what the daemon wrote.

use std::process::Stdio;

use serde_json::{Map, Value};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use zephyr_proto::v1::FollowLogRequest;

use crate::error::Error;
use crate::view::LogLine;

/// What the daemon's lines match where nobody tells, because it does not run.
pub(crate) const USUAL: &str = "SYSLOG_IDENTIFIER=zephyrd";

const PROGRAM: &str = "journalctl";
/// What the daemon's own fields begin with.
const PREFIX: &str = "ZEPHYR_";

/// Lines of the journal.
pub(crate) struct Journal {
    /// Ends with this.
    _child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    number: u64,
}

/// Whether the caller finds any line that `matches`.
pub(crate) async fn is_readable(matches: &[String]) -> bool {
    let args = ["--quiet", "--no-pager", "--output=cat", "--lines=1"];
    let found = Command::new(PROGRAM).args(args).args(matches).stdin(Stdio::null()).output().await;
    found.is_ok_and(|found| found.status.success() && !found.stdout.is_empty())
}

impl Journal {
    /// The lines that are wanted of those that match.
    ///
    /// # Errors
    /// `journalctl` cannot be started.
    pub(crate) fn open(matches: &[String], wanted: &FollowLogRequest) -> Result<Self, Error> {
        let mut command = Command::new(PROGRAM);
        command.args(args(wanted)).args(matches);
        if !wanted.request.is_empty() {
            command.arg(format!("{PREFIX}REQUEST={}", wanted.request));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let failed = |e: std::io::Error| Error::failed(format!("cannot run `{PROGRAM}`")).caused_by(e);
        let mut child = command.spawn().map_err(failed)?;
        let out = child.stdout.take().ok_or_else(|| Error::failed(format!("`{PROGRAM}` has no output")))?;
        Ok(Self { _child: child, lines: BufReader::new(out).lines(), number: 0 })
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// `journalctl` cannot be read.
    pub(crate) async fn next(&mut self) -> Result<Option<LogLine>, Error> {
        loop {
            let next = self.lines.next_line().await;
            let next = next.map_err(|e| Error::failed(format!("cannot read `{PROGRAM}`")).caused_by(e))?;
            match next.as_deref().map(entry) {
                None => return Ok(None),
                Some(None) => {}
                Some(Some(line)) => {
                    self.number += 1;
                    return Ok(Some(LogLine { number: self.number - 1, ..line }));
                }
            }
        }
    }
}

fn args(wanted: &FollowLogRequest) -> Vec<String> {
    let mut args = vec!["--quiet".to_owned(), "--no-pager".to_owned(), "--output=json".to_owned()];
    args.push(if wanted.last == 0 { "--lines=all".to_owned() } else { format!("--lines={}", wanted.last) });
    if wanted.follow {
        args.push("--follow".to_owned());
    }
    if let Some(ms) = wanted.since_unix_ms {
        args.push(format!("--since=@{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000)));
    }
    let priority = match wanted.level.as_str() {
        "error" => "3",
        "warn" => "4",
        "info" => "6",
        _ => "7",
    };
    args.push(format!("--priority={priority}"));
    args
}

/// One entry as `journalctl --output=json` writes it; `None` where it is none.
fn entry(text: &str) -> Option<LogLine> {
    let entry: Map<String, Value> = serde_json::from_str(text).ok()?;
    let micros: i64 = entry.get("__REALTIME_TIMESTAMP")?.as_str()?.parse().ok()?;
    let level = match entry.get("PRIORITY").and_then(Value::as_str) {
        Some("0" | "1" | "2" | "3") => "error",
        Some("4") => "warn",
        Some("7") => "debug",
        _ => "info",
    };
    let field =
        |(name, value): (&String, &Value)| Some((name.strip_prefix(PREFIX)?.to_lowercase(), text_of(value)));
    Some(LogLine {
        number: 0,
        unix_ms: micros.div_euclid(1000),
        level: level.to_owned(),
        target: entry.get("TARGET").map(text_of).unwrap_or_default(),
        message: entry.get("MESSAGE").map(text_of).unwrap_or_default(),
        fields: entry.iter().filter_map(field).collect(),
    })
}

/// A value is a text, bytes where it is none that can be printed, or several of them.
fn text_of(value: &Value) -> String {
    let byte = |value: &Value| value.as_u64().and_then(|n| u8::try_from(n).ok());
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => match all.iter().map(byte).collect::<Option<Vec<u8>>>() {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            None => all.first().map(text_of).unwrap_or_default(),
        },
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_becomes_a_line() {
        let line = entry(
            r#"{"__REALTIME_TIMESTAMP":"1763755200005123","PRIORITY":"4","TARGET":"zephyrd::proxy","_PID":"7",
                "MESSAGE":[103,111,27,110,101],"ZEPHYR_REQUEST":"req-1","ZEPHYR_STATUS":["502","503"],"ZEPHYR_X":null}"#,
        );
        let line = line.unwrap();
        assert_eq!((line.unix_ms, line.level.as_str()), (1_763_755_200_005, "warn"));
        assert_eq!((line.message.as_str(), line.target.as_str()), ("go\u{1b}ne", "zephyrd::proxy"));
        let fields: Vec<_> =
            line.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(fields, [("request", "req-1"), ("status", "502"), ("x", "")]);
        assert_eq!(entry("-- No entries --"), None);
    }

    #[test]
    fn what_is_asked_for_is_what_journalctl_is_asked_for() {
        let wanted = FollowLogRequest {
            follow: true,
            level: "warn".to_owned(),
            since_unix_ms: Some(1_763_755_200_005),
            ..FollowLogRequest::default()
        };
        let args = args(&wanted).join(" ");
        assert_eq!(
            args,
            "--quiet --no-pager --output=json --lines=all --follow --since=@1763755200.005 --priority=4"
        );
    }
}
