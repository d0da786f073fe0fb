//! The plan as TOML again: every key with its value in force, secrets masked.
//!
//! What a group hands down to its endpoints is written at each endpoint. Read again, the text gives the same
//! plan, unless a masked literal stands in it.

mod accounts;
mod quirks;
mod routes;

use std::fmt::Write as _;
use std::time::Duration;

use super::check::{Checked, Draft, checked, quote};
use super::facts::Facts;
use super::mask::{mask_proxy, secret_header};
use super::plan::{Endpoint, Failover, Group, Listen, Plan};
use super::problem::Problem;
use super::vocabulary::section;

/// Every key of the config `text` with its value in force.
///
/// # Errors
/// The same as of [`super::check`].
pub fn effective(text: &str, facts: &Facts) -> Result<String, Vec<Problem>> {
    let checked = checked(text, facts)?;
    let mut out = Out::default();
    server(&mut out, &checked);
    for group in &checked.plan.groups {
        let drafts = checked.endpoints.iter().filter(|d| d.endpoint.group == group.name);
        groups(&mut out, group, drafts);
    }
    routes::routes(&mut out, &checked.plan);
    settings(&mut out, &checked.plan);
    clients(&mut out, &checked);
    accounts::accounts(&mut out, &checked.plan);
    Ok(out.0)
}

#[derive(Default)]
struct Out(String);

impl Out {
    fn note(&mut self, line: &str) {
        let _ = writeln!(self.0, "{line}");
    }

    fn table(&mut self, name: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        let _ = writeln!(self.0, "{name}");
    }

    fn key(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name} = {value}");
    }

    /// A key that is not set, with what that means.
    fn unset(&mut self, of: &str, name: &str) {
        let doc = section(of).key(name).map_or("", |k| k.doc);
        let _ = writeln!(self.0, "# {name} is not set: {doc}");
    }

    fn maybe(&mut self, of: &str, name: &str, value: Option<String>) {
        match value {
            Some(value) => self.key(name, value),
            None => self.unset(of, name),
        }
    }
}

fn server(out: &mut Out, checked: &Checked) {
    let s = &checked.plan.server;
    out.table("[server]");
    out.note("# port is written as listen");
    out.key("listen", listen(&s.listen));
    out.key("hosts", texts(s.hosts.iter().cloned()));
    out.key("cors_origins", texts(s.cors_origins.iter().cloned()));
    let path = |p: &std::path::PathBuf| quote(&p.display().to_string());
    let tls = s.tls.as_ref().map(|t| format!("{{ cert = {}, key = {} }}", path(&t.cert), path(&t.key)));
    out.maybe("server", "tls", tls);
    out.maybe("server", "state_dir", s.state_dir.as_ref().map(path));
    out.maybe("server", "env_file", checked.env_file.as_ref().map(path));
    out.key("switch_threshold_ms", s.switch_threshold.as_millis());
    out.key("graceful_switch_timeout_ms", s.graceful_switch_timeout.as_millis());
    out.key("max_body", s.max_body);
    out.key("max_replay_bytes", s.max_replay_bytes);
    out.key("trusted_proxies", texts(s.trusted_proxies.iter().map(ToString::to_string)));
    out.key("estimate_tokens", s.estimate_tokens);
}

fn groups<'d>(out: &mut Out, group: &Group, drafts: impl Iterator<Item = &'d Draft>) {
    out.table("[[groups]]");
    out.key("name", quote(&group.name));
    out.key("priority", group.priority);
    out.key("default", group.default);
    out.key("enabled", group.enabled);
    out.maybe("groups", "max_concurrent", group.max_concurrent.map(|n| n.to_string()));
    let recover = group.recover.as_ref().map(|cron| format!("{{ cron = {} }}", quote(cron)));
    out.maybe("groups", "recover", recover);
    for draft in drafts {
        endpoint(out, draft);
    }
}

fn endpoint(out: &mut Out, draft: &Draft) {
    let e = &draft.endpoint;
    out.table("[[groups.endpoints]]");
    out.key("name", quote(&e.name));
    out.key("url", quote(&e.url.to_string()));
    out.key("priority", e.priority);
    out.key("price", number(e.price));
    out.key("weight", e.weight);
    out.key("enabled", draft.enabled);
    out.key("dialect", quote(e.dialect.name()));
    out.maybe("endpoints", "profile", e.quirks.profile.as_deref().map(quote));
    out.key("provider", quote(&e.provider));
    out.note("# auth_token_env is written as auth");
    out.key("auth", &draft.auth);
    let pairs: Vec<String> = e
        .headers
        .iter()
        .map(|(name, value)| {
            format!("{} = {}", quote(name), quote(if secret_header(name) { "…" } else { value }))
        })
        .collect();
    out.key(
        "headers",
        if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) },
    );
    out.maybe("endpoints", "proxy", e.proxy.as_ref().map(|p| quote(&mask_proxy(p))));
    out.maybe("endpoints", "ca_file", e.ca_file.as_ref().map(|p| quote(&p.display().to_string())));
    out.maybe("endpoints", "max_concurrent", e.max_concurrent.map(|n| n.to_string()));
    out.key("overage", e.overage);
    out.table("[groups.endpoints.timeouts]");
    out.key("connect_seconds", seconds(e.timeouts.connect));
    out.key("first_event_seconds", seconds(e.timeouts.first_event));
    out.key("non_stream_seconds", seconds(e.timeouts.non_stream));
    out.key("idle_seconds", seconds(e.timeouts.idle));
    quirks::quirks(out, &e.quirks);
    health(out, e);
}

fn health(out: &mut Out, e: &Endpoint) {
    let p = &e.probe;
    out.table("[groups.endpoints.health_check]");
    out.key("kind", quote(p.kind.name()));
    out.key("enabled", p.enabled);
    out.key("model", quote(&p.model));
    out.key("prompt", quote(&p.prompt));
    if p.command.is_empty() {
        out.unset("health_check", "command");
    } else {
        out.key("command", texts(p.command.iter().cloned()));
    }
    out.key("interval_seconds", seconds(p.interval));
    out.key("timeout_seconds", seconds(p.timeout));
    out.key("dynamic_scaling", p.dynamic_scaling);
    out.key("min_interval_seconds", seconds(p.min_interval));
    out.key("max_interval_seconds", seconds(p.max_interval));
    out.key("daily_budget_usd", number(p.daily_budget_nanos as f64 / 1e9));
    out.note("# claude_binary_path is written as command");
}

fn settings(out: &mut Out, plan: &Plan) {
    out.table("[selection]");
    out.key("strategy", quote(plan.selection.strategy.name()));
    out.key("auto_switch", plan.selection.auto_switch);
    out.key("affinity", plan.selection.affinity);
    failover(out, &plan.failover);
    out.table("[suspension]");
    out.key("enabled", plan.suspension.enabled);
    out.key("timeout_seconds", seconds(plan.suspension.timeout));
    out.key("max", plan.suspension.max);
    out.table("[control]");
    out.maybe("control", "socket", plan.control.socket.as_ref().map(|p| quote(&p.display().to_string())));
    out.key("others", quote(if plan.control.others_read { "read" } else { "none" }));
    out.table("[web]");
    out.key("listen", listen(&plan.web.listen));
    let who = |loopback: bool| quote(if loopback { "loopback" } else { "login" });
    out.key("reads", who(plan.web.reads_by_loopback));
    out.key("writes", who(plan.web.writes_by_loopback));
    out.table("[ui]");
    out.key("language", quote(plan.language.as_deref().unwrap_or("auto")));
    out.table("[log]");
    out.key("level", quote(&plan.log.level));
    let format = super::check::FORMATS.iter().find(|(_, f)| *f == plan.log.format);
    out.key("format", quote(format.map_or("", |(name, _)| name)));
}

fn failover(out: &mut Out, f: &Failover) {
    out.table("[failover]");
    out.key("max_attempts", f.max_attempts);
    out.key("cooldown_seconds", seconds(f.cooldown));
    out.key("group_cooldown_seconds", seconds(f.group_cooldown));
    let statuses: Vec<String> = f.statuses.iter().map(ToString::to_string).collect();
    out.key("statuses", format!("[{}]", statuses.join(", ")));
    out.key("body_patterns", texts(f.body_patterns.iter().cloned()));
    out.key("any_4xx", f.any_4xx);
    let b = &f.backoff;
    let (base, max) = (seconds(b.base), seconds(b.max));
    let multiplier = number(b.multiplier);
    out.key(
        "backoff",
        format!("{{ base_seconds = {base}, multiplier = {multiplier}, max_seconds = {max} }}"),
    );
}

fn clients(out: &mut Out, checked: &Checked) {
    if checked.plan.clients.is_empty() {
        out.note(
            "\n# There are no [[clients]] (name, token, paths, max_concurrent): whoever reaches the listeners may use them.",
        );
    }
    for (client, token) in checked.plan.clients.iter().zip(&checked.tokens) {
        out.table("[[clients]]");
        out.key("name", quote(&client.name));
        out.key("token", token);
        out.key("paths", texts(client.paths.iter().cloned()));
        out.maybe("clients", "max_concurrent", client.max_concurrent.map(|n| n.to_string()));
    }
}

/// Addresses; where a missing `[::1]` is no error, as it is written then.
fn listen(listen: &[Listen]) -> String {
    let names_both =
        |l: &Listen| listen.iter().any(|other| other.optional && other.addr.port() == l.addr.port());
    texts(listen.iter().filter(|l| !l.optional).map(|l| match names_both(l) {
        true => format!("localhost:{}", l.addr.port()),
        false => l.addr.to_string(),
    }))
}

fn texts(items: impl Iterator<Item = String>) -> String {
    let quoted: Vec<String> = items.map(|t| quote(&t)).collect();
    format!("[{}]", quoted.join(", "))
}

fn seconds(d: Duration) -> String {
    if d.subsec_nanos() == 0 { d.as_secs().to_string() } else { d.as_secs_f64().to_string() }
}

/// A float as TOML: never without a fraction, where it would be an integer.
fn number(n: f64) -> String {
    toml::Value::Float(n).to_string()
}
