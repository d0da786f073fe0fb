//! LiteLLM's proxy, the most used LLM gateway on PyPI, with one worker.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Proxy, says};
use crate::backend::Backend;

pub(super) struct Litellm {
    pub(super) program: PathBuf,
}

impl Proxy for Litellm {
    fn name(&self) -> &'static str {
        "litellm"
    }

    fn version(&self) -> Result<String, String> {
        let python = self.program.with_file_name("python");
        let ask = "import importlib.metadata as m; print(m.version('litellm'))";
        let output = Command::new(&python).arg("-c").arg(ask).output();
        let said = output.ok().filter(|o| o.status.success()).ok_or("LiteLLM is not installed there")?;
        let python = says(&python.to_string_lossy(), "--version").unwrap_or_default();
        Ok(format!("litellm/{} ({python})", String::from_utf8_lossy(&said.stdout).trim()))
    }

    fn command(&self, dir: &Path, port: u16, backend: &Backend) -> Command {
        let config = format!(
            r#"
model_list:
  - model_name: "bench-*"
    litellm_params:
      model: "anthropic/bench-*"
      api_base: "http://{backend}"
      api_key: "sk-bench"
litellm_settings:
  num_retries: 0
  telemetry: false
"#,
            backend = backend.sound,
        );
        let path = dir.join("litellm.yaml");
        std::fs::write(&path, config).unwrap();
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(path).args(["--host", "127.0.0.1", "--num_workers", "1"]);
        command.arg("--port").arg(port.to_string()).current_dir(dir);
        command.env("LITELLM_LOCAL_MODEL_COST_MAP", "True").env("LITELLM_LOG", "ERROR");
        command.env("LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY", "true");
        command
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(90)
    }

    fn share(&self) -> usize {
        40
    }
}
