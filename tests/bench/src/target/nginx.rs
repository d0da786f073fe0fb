//! nginx with one worker, keep-alive to the upstream, and no buffering of answers.

use std::path::Path;
use std::process::Command;

use super::{Proxy, says};
use crate::backend::Backend;

pub(super) struct Nginx;

impl Proxy for Nginx {
    fn name(&self) -> &'static str {
        "nginx"
    }

    fn version(&self) -> Result<String, String> {
        let said = says("nginx", "-v").ok_or("`nginx` is not installed")?;
        Ok(said.replace("nginx version: ", ""))
    }

    fn command(&self, dir: &Path, port: u16, backend: &Backend) -> Command {
        let config = format!(
            r#"
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid {dir}/pid;
error_log {dir}/error.log;
events {{ worker_connections 16000; }}
http {{
    access_log off;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    client_max_body_size 32m;
    # The body of a turn of Claude Code in memory, not in a file.
    client_body_buffer_size 128k;
    keepalive_requests 100000000;
    upstream backend {{ server {backend}; keepalive 64; keepalive_requests 100000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://backend;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            proxy_read_timeout 600s;
        }}
    }}
}}
"#,
            dir = dir.display(),
            backend = backend.sound,
        );
        let path = dir.join("nginx.conf");
        std::fs::write(&path, config).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-p").arg(dir).arg("-e").arg(dir.join("error.log")).arg("-c").arg(path);
        command
    }
}
