//! `zephyrctl config check`: runs the daemon's own checker, so that both always agree.

use crate::language::words;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use zephyr_words::say;

use serde::Serialize;

use super::super::{Context, Exit};
use super::path;
use crate::error::{Error, Kind};
use crate::view::Problem;

/// Check a config file without touching the running zephyrd
///
/// All errors are shown at once; the exit status is 6 when there are any.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file that zephyrd reads, if left out
    file: Option<PathBuf>,
}

/// The daemon's exit status for a config with errors (`EX_CONFIG`).
const BAD_CONFIG: i32 = 78;

#[derive(Serialize)]
struct Answer {
    ok: bool,
    problems: Vec<Problem>,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let file = match args.file {
        Some(file) => Some(file),
        None => path::find(context).await.ok().flatten().flatten().map(PathBuf::from),
    };
    let (program, output) = run(file.as_deref(), context.out.json)?;
    let said = [output.stdout, output.stderr].concat();
    let problems = parse(&String::from_utf8_lossy(&said));
    match output.status.code() {
        Some(0) => {
            if context.out.json {
                context.out.document(&Answer { ok: true, problems })?;
            }
            Ok(Exit::Success)
        }
        Some(BAD_CONFIG) => {
            let error = Error::new(Kind::BadConfig, say!(words(), "config-has-errors"));
            Err(error.with_problems(problems))
        }
        code => {
            let program = program.display().to_string();
            Err(Error::failed(match code {
                None => say!(words(), "check-ended-signal", program = program),
                Some(code) => say!(words(), "check-ended-status", program = program, code = code),
            }))
        }
    }
}

/// Runs `zephyrd check`; its words are passed on as they come, or collected for a document.
fn run(file: Option<&std::path::Path>, collect: bool) -> Result<(PathBuf, std::process::Output), Error> {
    let program = beside().unwrap_or_else(|| PathBuf::from("zephyrd"));
    let mut command = Command::new(&program);
    command.arg("check").stdin(Stdio::null());
    if let Some(file) = file {
        command.arg("--config").arg(file);
    }
    if !collect {
        command.stdout(Stdio::inherit()).stderr(Stdio::inherit());
    }
    let output = command.stdin(Stdio::null()).output();
    let wrong = |e: io::Error| {
        Error::failed(say!(words(), "cannot-run", program = program.display().to_string()))
            .caused_by(e)
            .hint(say!(words(), "checker-hint"))
    };
    Ok((program.clone(), output.map_err(wrong)?))
}

/// The daemon in our own directory, as packages and cargo put it.
fn beside() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    Some(own.parent()?.join("zephyrd")).filter(|path| path.is_file())
}

/// Reads `source:line:col: severity: message` and the hints beneath.
fn parse(text: &str) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for line in text.lines() {
        if let Some(hint) = line.trim_start().strip_prefix("hint: ") {
            if let Some(problem) = problems.last_mut() {
                problem.hint = Some(hint.to_owned());
            }
            continue;
        }
        let found = ["error", "warning"].iter().find_map(|severity| {
            let (place, message) = line.split_once(&format!(": {severity}: "))?;
            Some((place, *severity, message))
        });
        let Some((place, severity, message)) = found else { continue };
        let (source, line, column) = located(place);
        problems.push(Problem {
            severity: severity.to_owned(),
            source: source.to_owned(),
            line,
            column,
            message: message.to_owned(),
            hint: None,
        });
    }
    problems
}

fn located(place: &str) -> (&str, u32, u32) {
    let split = || {
        let (rest, column) = place.rsplit_once(':')?;
        let (source, line) = rest.rsplit_once(':')?;
        Some((source, line.parse().ok()?, column.parse().ok()?))
    };
    split().unwrap_or((place, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_checker_says_is_read() {
        let text = "/a:b.toml:3:7: error: unknown key `prot`\n  hint: did you mean `port`?\nAUTH: warning: is empty\n";
        let problems = parse(text);
        assert_eq!((problems[0].source.as_str(), problems[0].line, problems[0].column), ("/a:b.toml", 3, 7));
        assert_eq!(problems[0].hint.as_deref(), Some("did you mean `port`?"));
        assert_eq!((problems[1].severity.as_str(), problems[1].source.as_str()), ("warning", "AUTH"));
    }
}
