//! zephyrd as it ships: default number of workers, a credential of its own, one record line and one usage record per
//! request.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Proxy, says};
use crate::backend::Backend;

/// Which zephyrd.
#[derive(Debug, Clone)]
pub(crate) struct Zephyrd {
    /// Where the programs are.
    pub(crate) bin_dir: PathBuf,
    /// So many endpoints, all behind one address.
    pub(crate) endpoints: usize,
    /// Before them the endpoint that refuses `bench-fail`.
    pub(crate) failing_first: bool,
    /// How it chooses.
    pub(crate) strategy: &'static str,
    /// It keeps usage records.
    pub(crate) accounting: bool,
    /// Equal requests of one session share a call.
    pub(crate) dedup: bool,
    /// Where its dashboard listens; nowhere where there is none.
    pub(crate) web: Option<std::net::SocketAddr>,
    /// What its endpoints speak.
    pub(crate) dialect: &'static str,
}

impl Zephyrd {
    /// One endpoint.
    pub(crate) fn new(bin_dir: &Path) -> Self {
        let bin_dir = std::fs::canonicalize(bin_dir).unwrap_or_else(|e| panic!("{}: {e}", bin_dir.display()));
        Self {
            bin_dir,
            endpoints: 1,
            failing_first: false,
            strategy: "priority",
            accounting: true,
            dedup: true,
            web: None,
            dialect: "anthropic",
        }
    }

    /// A `zephyrctl` command for the daemon that runs in `dir`.
    pub(crate) fn zephyrctl(&self, dir: &Path) -> Command {
        let mut command = Command::new(self.bin_dir.join("zephyrctl"));
        command.env("ZEPHYR_SOCKET", dir.join("control.sock")).stdin(Stdio::null());
        command
    }
}

/// Sizes of the two programs, in bytes.
pub(crate) fn sizes(bin_dir: &Path) -> [(&'static str, u64); 2] {
    ["zephyrd", "zephyrctl"].map(|name| (name, std::fs::metadata(bin_dir.join(name)).unwrap().len()))
}

impl Proxy for Zephyrd {
    fn name(&self) -> &'static str {
        "zephyrd"
    }

    fn version(&self) -> Result<String, String> {
        let program = self.bin_dir.join("zephyrd");
        let said = says(&program.to_string_lossy(), "--version");
        said.map(|v| v.replace(' ', "/")).ok_or_else(|| format!("`{}` is not built", program.display()))
    }

    fn command(&self, dir: &Path, port: u16, backend: &Backend) -> Command {
        let mut config = format!(
            "[server]\nlisten = [\"127.0.0.1:{port}\"]\nstate_dir = {state:?}\n[control]\nsocket = {socket:?}\n\
             [health_check]\nenabled = false\n[selection]\nstrategy = \"{strategy}\"\n\
             [usage]\nenabled = {accounting}\n{dedup}[web]\nlisten = [{web}]\n\
             [[groups]]\nname = \"bench\"\nauth_token_env = \"BENCH_TOKEN\"\ndefault = true\n\
             dialect = \"{dialect}\"\nendpoints = [\n",
            dialect = self.dialect,
            web = self.web.map(|web| format!("\"{web}\"")).unwrap_or_default(),
            state = dir.join("state"),
            socket = dir.join("control.sock"),
            strategy = self.strategy,
            accounting = self.accounting,
            // Where the key is left out, a session shares with itself; `true` is more than that.
            dedup = if self.dedup { "" } else { "[dedup]\nenabled = false\n" },
        );
        if self.failing_first {
            let _ = writeln!(
                config,
                "{{ name = \"failing\", url = \"http://{}\", priority = 1 }},",
                backend.failing
            );
        }
        for i in 1..=self.endpoints {
            let _ =
                writeln!(config, "{{ name = \"e{i}\", url = \"http://{}\", priority = 2 }},", backend.sound);
        }
        config.push_str("]\n");
        let path = dir.join("config.toml");
        std::fs::write(&path, config).unwrap();
        let mut command = Command::new(self.bin_dir.join("zephyrd"));
        command.arg("--config").arg(path).env("BENCH_TOKEN", "sk-bench");
        // The record lines are made and written, and nobody reads them.
        command.stderr(Stdio::null());
        command
    }
}
