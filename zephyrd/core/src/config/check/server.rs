//! `[server]`: listeners, names, limits.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use super::super::plan::{Listen, Server, Tls};
use super::super::raw::{At, Layers, Table};
use super::super::vocabulary::section;
use super::Check;

/// Most listening addresses.
const MOST: usize = 64;

impl Check<'_> {
    pub(super) fn server(&mut self, layers: &Layers<'_>, table: Option<&Table>, has_clients: bool) -> Server {
        let max_body = layers.size("max_body");
        let max_replay_bytes = layers.size("max_replay_bytes");
        if max_replay_bytes < max_body
            && let Some(at) = layers.at("max_replay_bytes").or_else(|| layers.at("max_body"))
        {
            let hint = Some("a single body of that size would never be taken".to_owned());
            self.report.error(at, "`max_replay_bytes` must not be less than `max_body`", hint);
        }
        Server {
            listen: self.proxy_listen(layers, has_clients),
            hosts: self.hosts(layers),
            cors_origins: self.origins(layers),
            tls: table.and_then(|t| t.table("tls").zip(layers.at("tls"))).and_then(|(t, at)| self.tls(t, at)),
            state_dir: layers.text("state_dir").map(PathBuf::from),
            switch_threshold: layers.millis("switch_threshold_ms"),
            graceful_switch_timeout: layers.millis("graceful_switch_timeout_ms"),
            max_body,
            max_replay_bytes,
            trusted_proxies: self.trusted_proxies(layers),
            estimate_tokens: layers.flag("estimate_tokens"),
        }
    }

    fn proxy_listen(&mut self, layers: &Layers<'_>, has_clients: bool) -> Vec<Listen> {
        let port = u16::try_from(layers.integer("port").unwrap_or(8080)).unwrap_or(8080);
        let Some(at) = layers.at("listen").cloned() else { return both_loopbacks(port) };
        if let Some(port_at) = layers.at("port") {
            let hint = Some("the ports stand in `listen`".to_owned());
            self.report.error(port_at, "`port` and `listen` do not go together", hint);
        }
        let texts = layers.texts("listen");
        if texts.is_empty() {
            self.report.error(&at, "`listen` needs an address", None);
        }
        let listens = self.listen(texts);
        for (at, listen) in listens.iter().filter(|(_, l)| !l.addr.ip().is_loopback() && !has_clients) {
            let hint = "add `[[clients]]` with tokens, or listen on 127.0.0.1: whoever reaches it would spend your money".to_owned();
            let message = format!(
                "`{}` can be reached from other machines, and no client token is asked for",
                listen.addr
            );
            self.report.error(at, message, Some(hint));
        }
        listens.into_iter().map(|(_, listen)| listen).collect()
    }

    /// The addresses of one key, each with the place where it stands.
    pub(super) fn listen(&mut self, texts: Vec<(At, String)>) -> Vec<(At, Listen)> {
        let mut out: Vec<(At, Listen)> = Vec::new();
        for (number, (at, text)) in texts.into_iter().enumerate() {
            if number == MOST {
                self.report.error(&at, format!("`listen` has more than {MOST} addresses"), None);
                break;
            }
            for listen in self.listen_one(&at, &text) {
                if listen.addr.port() != 0 && out.iter().any(|(_, l)| l.addr == listen.addr) {
                    self.report.error(&at, format!("`{}` is listed twice", listen.addr), None);
                } else {
                    out.push((at.clone(), listen));
                }
            }
        }
        out
    }

    fn listen_one(&mut self, at: &At, text: &str) -> Vec<Listen> {
        let text = text.trim();
        if text.starts_with("unix:") {
            let message = "listening on a Unix socket is not in this version of zephyrd yet";
            self.report.error(at, message, Some("listen on 127.0.0.1 for now".to_owned()));
            return Vec::new();
        }
        if let Ok(addr) = text.parse::<SocketAddr>() {
            return vec![Listen { addr, optional: false }];
        }
        if let Some(port) = text.strip_prefix("localhost:").and_then(|p| p.parse().ok()) {
            return both_loopbacks(port);
        }
        let hint = "write an address with a port: `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:8080`".to_owned();
        self.report.error(at, "this is no address to listen on", Some(hint));
        Vec::new()
    }

    fn hosts(&mut self, layers: &Layers<'_>) -> Vec<String> {
        let mut out = Vec::new();
        for (at, text) in layers.texts("hosts") {
            let host = text.to_ascii_lowercase();
            let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
            if address.is_none() && !super::url::is_host_name(&host) {
                let hint =
                    "a name or an address without scheme and port, such as `llm.example.com`".to_owned();
                self.report.error(&at, "this is no host name", Some(hint));
            }
            out.push(address.map_or(host, |ip| ip.to_string()));
        }
        out
    }

    fn origins(&mut self, layers: &Layers<'_>) -> Vec<String> {
        let mut out = Vec::new();
        for (at, text) in layers.texts("cors_origins") {
            let text = text.to_ascii_lowercase();
            match super::url::base_url(&text) {
                Ok(url) if url.prefix.is_empty() && !text.ends_with('/') => out.push(url.origin()),
                _ => {
                    let hint = if text == "*" {
                        "list the origins one by one: any page could use your keys"
                    } else {
                        "scheme, host and port, such as `https://app.example.com`"
                    };
                    self.report.error(&at, "this is no origin", Some(hint.to_owned()));
                }
            }
        }
        out
    }

    fn tls(&mut self, table: &Table, at: &At) -> Option<Tls> {
        let layers = Layers::new([table], section("tls"));
        if table.get("cert").is_none() || table.get("key").is_none() {
            self.report.error(at, "`tls` needs `cert` and `key`", None);
            return None;
        }
        let cert = self.pem(&layers, "cert", "CERTIFICATE");
        let key = self.pem(&layers, "key", "PRIVATE KEY");
        if let (Some(key), Some(at)) = (&key, layers.at("key")) {
            let mode = self.facts.file(key).map_or(0, |f| f.mode);
            if mode & 0o007 != 0 {
                let message =
                    format!("the private key is readable by everybody (mode {:04o})", mode & 0o7777);
                self.report.error(at, message, Some(format!("chmod 600 {}", key.display())));
            }
        }
        Some(Tls { cert: cert?, key: key? })
    }

    fn trusted_proxies(&mut self, layers: &Layers<'_>) -> Vec<IpAddr> {
        let mut out = Vec::new();
        for (at, text) in layers.texts("trusted_proxies") {
            match text.trim().parse() {
                Ok(ip) => out.push(ip),
                Err(_) => self.report.error(&at, "this is no IP address", None),
            }
        }
        out
    }
}

fn both_loopbacks(port: u16) -> Vec<Listen> {
    let four = Listen { addr: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port), optional: false };
    // The kernel would choose another port for the second one.
    if port == 0 {
        return vec![four];
    }
    vec![four, Listen { addr: SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), port), optional: true }]
}
