//! HAProxy with one thread and `option http-no-delay`.

use std::path::Path;
use std::process::Command;

use super::{Proxy, says};
use crate::backend::Backend;

pub(super) struct Haproxy;

impl Proxy for Haproxy {
    fn name(&self) -> &'static str {
        "haproxy"
    }

    fn version(&self) -> Result<String, String> {
        let said = says("haproxy", "-v").ok_or("`haproxy` is not installed")?;
        let version = said.split_whitespace().nth(2).unwrap_or("?");
        Ok(format!("haproxy/{version}"))
    }

    fn command(&self, dir: &Path, port: u16, backend: &Backend) -> Command {
        let config = format!(
            "
global
    nbthread 1
    maxconn 8000
defaults
    mode http
    option http-no-delay
    option http-keep-alive
    http-reuse always
    timeout connect 10s
    timeout client 600s
    timeout server 600s
frontend in
    bind 127.0.0.1:{port} backlog 4096
    default_backend out
backend out
    server one {backend} maxconn 8000 pool-max-conn 64
",
            backend = backend.sound,
        );
        let path = dir.join("haproxy.cfg");
        std::fs::write(&path, config).unwrap();
        let mut command = Command::new("haproxy");
        command.arg("-db").arg("-f").arg(path);
        command
    }
}
