//! Runs the binary in an empty environment and writes down what it did.

use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;

use crate::fake::Fake;

/// What one run did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    hidden: Vec<(String, &'static str)>,
}

/// The binary under test.
pub(crate) fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_zephyrctl"))
}

/// A run to be made.
pub(crate) struct Run {
    command: Command,
    dir: PathBuf,
}

impl Run {
    /// In a directory that is its whole world, with no daemon.
    pub(crate) fn alone(dir: &Path) -> Self {
        Self::of(&binary(), dir)
    }

    pub(crate) fn of(binary: &Path, dir: &Path) -> Self {
        let mut command = Command::new(binary);
        command.env_clear().current_dir(dir).timeout(Duration::from_secs(20));
        command
            .env("TZ", "UTC")
            .env("COLUMNS", "80")
            .env("HOME", dir)
            .env("ZEPHYR_SOCKET", dir.join("control.sock"));
        Self { command, dir: dir.to_owned() }
    }

    /// With a daemon.
    pub(crate) fn with(fake: &Fake) -> Self {
        Self::alone(fake.dir())
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Arguments as typed, split at blanks.
    pub(crate) fn line(self, line: &str) -> Ran {
        let args: Vec<&str> = line.split_whitespace().collect();
        self.args(&args)
    }

    pub(crate) fn args(mut self, args: &[&str]) -> Ran {
        let output = self.command.args(args).output().unwrap();
        Ran {
            code: output.status.code().expect("no exit status: it hung or was killed"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            hidden: vec![
                (self.dir.display().to_string(), "$DIR"),
                (format!("zephyrctl {}", env!("CARGO_PKG_VERSION")), "zephyrctl $VERSION"),
                (format!("\"zephyrctl\": \"{}\"", env!("CARGO_PKG_VERSION")), "\"zephyrctl\": \"$VERSION\""),
            ],
        }
    }
}

impl Ran {
    /// Status, output and talk as one text without anything that changes from run to run.
    pub(crate) fn text(&self) -> String {
        let text = format!("status {}\n-- stdout\n{}-- stderr\n{}", self.code, self.stdout, self.stderr);
        self.hidden.iter().fold(without_times(&text), |text, (what, name)| text.replace(what, name))
    }
}

/// Unix milliseconds and the time of day at the beginning of a line are replaced.
fn without_times(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let clock = line.get(..9).is_some_and(|start| {
            start.char_indices().all(|(i, c)| match i {
                2 | 5 => c == ':',
                8 => c == ' ',
                _ => c.is_ascii_digit(),
            })
        });
        let mut rest = if clock {
            out.push_str("<time> ");
            &line[9..]
        } else {
            line
        };
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let digits = rest[start..].chars().take_while(char::is_ascii_digit).count();
            out.push_str(&rest[..start]);
            out.push_str(if digits == 13 { "<unix_ms>" } else { &rest[start..start + digits] });
            rest = &rest[start + digits..];
        }
        out.push_str(rest);
    }
    out
}
