//! Configs shown to people: every key, no secret.

use zephyr_core::config::{BUILT_IN, check, effective, mask, vocabulary};

use super::{facts, lines, plan, private};

/// Everything a config can say, without literal secrets.
const FULL: &str = r#"
[server]
listen = ["127.0.0.1:9000", "[::1]:9000"]
hosts = ["llm.example.com"]
cors_origins = ["https://app.example.com"]
switch_threshold_ms = 75
graceful_switch_timeout_ms = "90s"
max_body = "8MiB"
max_replay_bytes = "64MiB"
trusted_proxies = ["10.0.0.1"]
estimate_tokens = false
state_dir = "/var/lib/other"
tls = { cert = "/etc/tls.pem", key = "/etc/tls.key" }
[health_check]
interval_seconds = "1.5s"
timeout_seconds = 1
daily_budget_usd = 0.25
[selection]
strategy = "round-robin"
auto_switch = false
affinity = false
[failover]
max_attempts = 5
cooldown_seconds = 0.5
statuses = [418, 451]
group_cooldown_seconds = 61
body_patterns = ["no * left"]
any_4xx = true
backoff = { base_seconds = 0.25, multiplier = 3, max_seconds = "1m" }
[suspension]
enabled = false
timeout_seconds = 12
max = 3
[control]
socket = "/run/other.sock"
others = "none"
[log]
level = "info,zephyrd=debug"
format = "json"
[[groups]]
name = "ä \"quoted\" group"
priority = 3
max_concurrent = 9
overage = false
recover = { cron = "0-4 * * * *" }
auth = { header = { name = "x-k", value = { env = "KEY" } } }
headers = { x-team = "a\\b" }
quirks = { without = ["seed"], with = { top_k = 20, deep = { a = [1, "b", 1.5, true] } }, developer = true, max_tokens = 9 }
endpoints = [
  { name = "one", url = "http://127.0.0.1:1/p", price = 0.0, weight = 7, max_concurrent = 2, ca_file = "/etc/tls.pem" },
  { name = "two", url = "https://[2001:db8::1]:8443", auth = { bearer = { command = "a b", ttl_seconds = 2.5 } }, dialect = "openai-responses" },
  { name = "off", url = "https://c.example", enabled = false, provider = "p", proxy = "socks5://127.0.0.1:1080", profile = "vllm", quirks = { without = [], without_betas = ["b-1"], thinking_field = "content-in-loop", effort_field = "template", levels = ["low", "max"], token_field = "max_completion_tokens", max_tool_name = 32, call_id_length = 9, system_first = true, developer = false, alternate = true, stream_options = false, media_in_results = true, cache_control = true, forms = "streams" } },
]
[[groups]]
name = "second"
default = true
auth = "none"
endpoints = [{ name = "three", url = "http://localhost", health_check = { kind = "command", command = ["a", "b c"] } }]
[[routes]]
model = "*sonnet*"
targets = [{ endpoint = "one", model = "deep-1", priority = 2 }, { group = "second" }, { endpoint = "three", priority = 1 }]
[[clients]]
name = "ci"
token = "${TOKEN}"
paths = ["/v1/files*"]
max_concurrent = 4
[usage]
enabled = true
database = "/var/lib/other/usage.db"
retention_days = 31
batch_size = 10
flush_interval_seconds = "250ms"
[dedup]
enabled = true
[cache]
enabled = true
max_cache_size = 7
max_cache_bytes = "2MiB"
cache_ttl_seconds = 1.5
[[prices]]
model = "my-*"
endpoint = "one"
input = 0.000000001
output = 12.3456789
cache_write_5m = 1
cache_write_1h = 2.0
cache_read = 0
web_search = 10
[[prices]]
model = "*"
endpoint = "second"
input = 1
output = 2
[[budgets]]
period = "week"
limit_usd = 25
client = "ci"
warn_at = 0.5
[[budgets]]
period = "month"
limit_usd = 99.99
"#;

fn full_facts() -> zephyr_core::config::Facts {
    let mut facts = facts(&[("KEY", "key-canary-value"), ("TOKEN", "token-canary-value")]);
    facts.files.insert("/etc/tls.pem".into(), private("-----BEGIN CERTIFICATE-----\n"));
    facts.files.insert("/etc/tls.key".into(), private("-----BEGIN EC PRIVATE KEY-----\n"));
    facts
}

#[test]
fn the_effective_config_read_again_is_the_same_plan() {
    for (text, facts) in [(FULL, full_facts()), (BUILT_IN, facts(&[]))] {
        let before = plan(text, &facts);
        let shown = effective(text, &facts).unwrap();
        let (after, _) = check(&shown, &facts).unwrap_or_else(|p| panic!("{}\n{shown}", lines(&p)));
        assert_eq!(before, after, "{shown}");
    }
}

#[test]
fn the_effective_config_lists_every_key() {
    let shown = effective(FULL, &full_facts()).unwrap();
    // Where these have a value, it is inside another key's.
    let forms = ["", "tls", "auth", "header", "secret", "backoff", "recover"];
    for section in vocabulary().iter().filter(|s| !forms.contains(&s.name)) {
        for key in section.keys {
            let named = shown.lines().any(|l| {
                let l = l.trim_start_matches('#').trim_start();
                l.strip_prefix(key.name).is_some_and(|rest| rest.starts_with(' '))
                    || (l.starts_with('[') && l.contains(key.name))
            });
            assert!(named, "`{}` of {} is missing in\n{shown}", key.name, section.title);
        }
    }
    insta::assert_snapshot!(effective(BUILT_IN, &facts(&[])).unwrap());
}

const SECRET: &str = r#"
# token = "old-canary-value-in-a-comment"
# once: sk-canary-in-a-comment
[[groups]]
name = "g" # sk-ant-canary-behind-a-value
auth = { bearer = "literal-canary-number-one" }
headers = { x-goog-token = "header-canary-value", x-team = "blue" }
proxy = "http://user:proxy-canary@proxy.example:3128"
endpoints = [
  { name = "a", url = "https://a.example" },
  { name = "b", url = "https://a.example", auth = { header = { name = "x-k", value = '''multi-canary-value''' } } },
  { name = "c", url = "https://a.example", auth = { x_api_key = "pre-canary-${KEY}" } },
  { name = "d", url = "https://a.example", auth = { bearer = "${KEY}" } },
]
[[clients]]
name = "ci"
token = "client-canary-value-1"
"#;

#[test]
fn no_secret_is_in_either_form_of_a_shown_config() {
    let facts = facts(&[("KEY", "key-from-canary-env")]);
    check(SECRET, &facts).unwrap_or_else(|p| panic!("{}", lines(&p)));
    let shown = effective(SECRET, &facts).unwrap();
    assert!(!shown.contains("canary"), "{shown}");
    assert!(shown.contains("auth = { bearer = \"…-one\" }"), "{shown}");
    let masked = mask(SECRET);
    assert!(!masked.contains("canary"), "{masked}");
    assert!(
        masked.contains("${KEY}")
            && masked.contains("x-team = \"blue\"")
            && masked.contains("proxy.example:3128")
    );
    assert_eq!(masked.lines().count(), SECRET.lines().count());
}

#[test]
fn a_text_without_secrets_is_shown_as_it_is() {
    for text in [FULL, BUILT_IN, ""] {
        assert_eq!(mask(text), text);
    }
}

#[test]
fn a_broken_text_is_not_shown() {
    let shown = mask("[[groups]\ntoken = \"canary-canary-canary\n");
    assert!(!shown.contains("canary"), "{shown}");
}
