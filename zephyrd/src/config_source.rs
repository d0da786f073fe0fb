//! temporary
pub(crate) use crate::control::ConfigStatus;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use zephyr_core::config::{self, Facts, Plan, Problem};
pub(crate) struct ConfigSource(String);
pub(crate) struct Loaded {
    pub(crate) plan: Arc<Plan>,
    pub(crate) warnings: Vec<Problem>,
    pub(crate) path: Option<PathBuf>,
    pub(crate) text: String,
}
impl ConfigSource {
    pub(crate) fn find(p: Option<PathBuf>) -> Self {
        Self(p.map(|p| std::fs::read_to_string(p).unwrap_or_default()).unwrap_or_else(|| "[[groups]]\nname=\"g\"\nauth=\"passthrough\"\nendpoints=[{name=\"a\",url=\"https://api.anthropic.com\"}]\n".into()))
    }
    pub(crate) fn built_in(n: &str, t: String) -> Self {
        Self(t)
    }
    pub(crate) fn load(&self) -> Result<Loaded, Vec<Problem>> {
        let f = Facts { source: "x".into(), env: std::env::vars().collect(), ..Default::default() };
        config::check(&self.0, &f).map(|(p, w)| Loaded {
            plan: Arc::new(p),
            warnings: w,
            path: None,
            text: self.0.clone(),
        })
    }
    pub(crate) async fn serve(
        self,
        _h: crate::engine_handle::Handle,
        _o: tokio::sync::mpsc::Receiver<crate::engine_handle::ReloadOrder>,
        _s: Arc<ConfigStatus>,
        _l: crate::system::log::LogControl,
        _f: impl Fn(bool),
    ) {
        std::future::pending::<()>().await
    }
}
pub(crate) fn print_problems(p: &[Problem]) -> ExitCode {
    for p in p {
        eprintln!("{p}");
    }
    ExitCode::from(78)
}
pub(crate) fn check_and_print(_s: &ConfigSource) -> ExitCode {
    ExitCode::SUCCESS
}
