//! A shell in a real terminal: tmux with a server of its own, which ends with the test.

use std::path::PathBuf;
use std::process::Output;

use tokio::process::Command;
use zephyr_tests::daemon::Home;
use zephyr_tests::{binary, until};

/// What the shell asks with.
const PROMPT: &str = "ready>";

pub(crate) struct Terminal {
    socket: PathBuf,
    _dir: tempfile::TempDir,
}

impl Terminal {
    /// A shell of 80×24 that reaches the daemon of `home`.
    pub(crate) async fn open(home: &Home) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let terminal = Self { socket: dir.path().join("tmux"), _dir: dir };
        let shell = format!(
            "env ZEPHYR_SOCKET='{}' LC_ALL=C.UTF-8 PS1='{PROMPT} ' PATH='{}':\"$PATH\" bash --norc --noprofile",
            home.socket().display(),
            binary("zephyrctl").parent().unwrap().display(),
        );
        let output = terminal.run(&["new-session", "-d", "-x", "80", "-y", "24", &shell]).await;
        assert!(output.status.success(), "tmux: {}", String::from_utf8_lossy(&output.stderr));
        terminal.until(PROMPT).await;
        terminal
    }

    async fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        command.args(["-u", "-f", "/dev/null", "-S"]).arg(&self.socket).args(args);
        command.output().await.expect("tmux is not installed: `apt-get install tmux`, or `tests/run top`")
    }

    /// Presses keys, as tmux names them.
    pub(crate) async fn keys(&self, keys: &[&str]) {
        assert!(self.run(&[&["send-keys"], keys].concat()).await.status.success());
    }

    /// Types a line into the shell.
    pub(crate) async fn line(&self, line: &str) {
        self.run(&["send-keys", "-l", line]).await;
        self.keys(&["Enter"]).await;
    }

    /// What is on the screen.
    pub(crate) async fn screen(&self) -> String {
        String::from_utf8(self.run(&["capture-pane", "-p"]).await.stdout).unwrap()
    }

    /// Waits for a text on the screen.
    pub(crate) async fn until(&self, text: &str) -> String {
        self.until_that(text, |screen| screen.contains(text)).await
    }

    /// Waits for a screen that is as wanted.
    pub(crate) async fn until_that(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let last = std::cell::RefCell::new(String::new());
        let wait = until(what, || async {
            let screen = self.screen().await;
            let found = wanted(&screen).then(|| screen.clone());
            *last.borrow_mut() = screen;
            found
        });
        let limit = std::time::Duration::from_secs(20);
        match tokio::time::timeout(limit, wait).await {
            Ok(screen) => screen,
            Err(_) => panic!("waited for {what}; the screen:\n{}", last.borrow()),
        }
    }

    pub(crate) async fn resize(&self, columns: u16, lines: u16) {
        let (columns, lines) = (columns.to_string(), lines.to_string());
        self.run(&["resize-window", "-x", &columns, "-y", &lines]).await;
    }

    async fn asked(&self, what: &str) -> String {
        String::from_utf8(self.run(&["display-message", "-p", what]).await.stdout).unwrap().trim().to_owned()
    }

    /// The process that the shell runs in the foreground.
    pub(crate) async fn foreground(&self) -> String {
        let shell = self.asked("#{pane_pid}").await;
        let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
        children.split_whitespace().next().expect("nothing runs").to_owned()
    }

    /// The terminal is as it was before: its first screen, with a cursor, and a shell that echoes lines.
    pub(crate) async fn is_restored(&self) {
        until("the first screen with a cursor", || async {
            (self.asked("#{alternate_on} #{cursor_flag}").await == "0 1").then_some(())
        })
        .await;
        self.line("clear; stty -a | tr ' ' '\\n' | grep -cxE 'icanon|echo|isig|icrnl|opost'").await;
        self.until_that("the shell's own modes", |screen| screen.lines().any(|l| l == "5")).await;
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let mut command = std::process::Command::new("tmux");
        let _ = command.arg("-S").arg(&self.socket).arg("kill-server").output();
    }
}
