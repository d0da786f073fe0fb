//! Texts that are good, and what they mean.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use zephyr_core::config::{
    Auth, BUILT_IN, Cache, CredentialValue, Database, Dedup, Dialect, Needs, ProbeKind, Scheme, StrategyKind,
    Usage, check, needs,
};
use zephyr_core::usage::{Budget, Period, PriceRule};

use super::{facts, lines, plan, private};

const CLAUDE_ZEPHYR: &str = r#"
[server]
port = 8080                          # or listen = ["127.0.0.1:8080", "unix:/run/zephyrd/proxy.sock"]
switch_threshold_ms = 50
[[groups]]
name = "primary-provider"
auth_token_env = "AUTH_TOKEN_MAIN"
default = true
endpoints = [
    { url = "https://api.provider-a.com", name = "Provider-A-1" },
    { url = "https://api2.provider-a.com", name = "Provider-A-2" },
]
[health_check]
interval_seconds = 60
timeout_seconds = 20
dynamic_scaling = true
"#;

#[test]
fn a_claude_zephyr_file_loads_unchanged() {
    let plan = plan(CLAUDE_ZEPHYR, &facts(&[("AUTH_TOKEN_MAIN", "sk-main-1")]));
    let listen: Vec<_> = plan.server.listen.iter().map(|l| (l.addr, l.optional)).collect();
    let addr = |s: &str| s.parse::<SocketAddr>().unwrap();
    assert_eq!(listen, [(addr("127.0.0.1:8080"), false), (addr("[::1]:8080"), true)]);
    assert_eq!(plan.server.switch_threshold, Duration::from_millis(50));
    let names: Vec<_> = plan.endpoints.iter().map(|e| (e.index, e.name.as_str(), e.group.as_str())).collect();
    assert_eq!(names, [(0, "Provider-A-1", "primary-provider"), (1, "Provider-A-2", "primary-provider")]);
    let first = &plan.endpoints[0];
    let Auth::Key(credential) = &first.auth else { panic!("{:?}", first.auth) };
    assert_eq!(credential.scheme, Scheme::Bearer);
    let CredentialValue::Known(secret) = &credential.value else { panic!("{credential:?}") };
    assert_eq!(secret.expose(), "sk-main-1");
    assert!(first.default_group && plan.groups[0].default);
    assert_eq!((first.provider.as_str(), first.dialect), ("api.provider-a.com", Dialect::Anthropic));
    assert_eq!((first.probe.kind, first.probe.model.as_str()), (ProbeKind::Messages, "claude-haiku-4-5"));
    assert_eq!(
        (first.probe.interval, first.probe.timeout),
        (Duration::from_secs(60), Duration::from_secs(20))
    );
}

#[test]
fn no_text_means_the_clients_own_login_at_anthropic() {
    for text in ["", "\n# only a comment\n  # another\n", BUILT_IN] {
        let plan = plan(text, &facts(&[]));
        assert_eq!(plan.endpoints.len(), 1);
        let endpoint = &plan.endpoints[0];
        assert_eq!(
            (endpoint.name.as_str(), endpoint.url.to_string()),
            ("anthropic", "https://api.anthropic.com".to_owned())
        );
        assert_eq!((&endpoint.auth, endpoint.probe.kind), (&Auth::Passthrough, ProbeKind::Connect));
        assert!(endpoint.default_group);
        assert_eq!(plan.selection.strategy, StrategyKind::Fastest);
        assert_eq!((plan.failover.max_attempts, plan.failover.cooldown), (3, Duration::from_secs(60)));
        assert_eq!((plan.server.max_body, plan.server.max_replay_bytes), (32 << 20, 512 << 20));
        assert_eq!(plan.server.graceful_switch_timeout, Duration::from_secs(300));
        assert_eq!((plan.log.level.as_str(), plan.control.others_read), ("info", true));
    }
}

#[test]
fn an_empty_text_takes_variables_too() {
    let facts = facts(&[("ZEPHYRD_SERVER__LISTEN", r#"["127.0.0.1:0"]"#), ("ZEPHYRD_LOG__LEVEL", "debug")]);
    let plan = plan("", &facts);
    assert_eq!(plan.server.listen.len(), 1);
    assert_eq!((plan.server.listen[0].addr.port(), plan.log.level.as_str()), (0, "debug"));
}

#[test]
fn every_form_of_a_credential_is_taken() {
    let text = r#"
[[groups]]
name = "g"
auth = { bearer = { env = "A" } }
endpoints = [
  { name = "env", url = "https://a.example" },
  { name = "file", url = "https://a.example", auth = { x_api_key = { file = "/etc/keys", key = "K" } } },
  { name = "whole", url = "https://a.example", auth = { bearer = { file = "/etc/whole" } } },
  { name = "systemd", url = "https://a.example", auth = { bearer = { credential = "main" } } },
  { name = "command", url = "https://a.example", auth = { bearer = { command = "print key", ttl_seconds = 60 } } },
  { name = "literal", url = "https://a.example", auth = { header = { name = "X-Key", value = "pre-${A}" } } },
  { name = "short", url = "https://a.example", auth_token_env = "B" },
  { name = "pass", url = "https://a.example", auth = "passthrough" },
  { name = "none", url = "http://localhost:1234", auth = "none" },
]
"#;
    let mut facts = facts(&[("A", "from-env"), ("B", "from-env-b")]);
    facts.env_file = Some(("/etc/zephyrd/zephyrd.env".into(), private("A='from-key-file'\n")));
    facts.files.insert("/etc/keys".into(), private("X=1\nK=from-line\n"));
    facts.files.insert("/etc/whole".into(), private("from-whole\n"));
    facts.files.insert("credential:main".into(), private("from-systemd\n"));
    let plan = plan(text, &facts);
    let said: Vec<String> = plan
        .endpoints
        .iter()
        .map(|e| match &e.auth {
            Auth::Key(c) => match &c.value {
                CredentialValue::Known(s) => format!("{:?} {}", c.scheme, s.expose()),
                CredentialValue::Command { argv, ttl } => format!("{:?} {argv:?} {ttl:?}", c.scheme),
            },
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        said,
        [
            "Bearer from-key-file",
            "XApiKey from-line",
            "Bearer from-whole",
            "Bearer from-systemd",
            r#"Bearer ["print", "key"] 60s"#,
            "Header(\"x-key\") pre-from-key-file",
            "Bearer from-env-b",
            "Passthrough",
            "None",
        ]
    );
    let wanted = ["/etc/keys", "/etc/whole", "credential:main"].map(PathBuf::from).to_vec();
    assert_eq!(needs(text, &facts.env), Needs { env_file: None, files: wanted });
}

#[test]
fn an_endpoint_overrides_its_group_and_the_group_the_defaults() {
    let text = r#"
[health_check]
interval_seconds = "2m"
timeout_seconds = "500ms"
prompt = "ping"
[[groups]]
name = "g"
dialect = "openai-chat"
auth = { bearer = "sk-literal-1" }
priority = 2
max_concurrent = 8
headers = { X-Team = "a", x-both = "group" }
timeouts = { connect_seconds = 1.5, idle_seconds = "1m" }
health_check = { prompt = "group" }
[[groups.endpoints]]
name = "one"
url = "http://127.0.0.1:9000/base/"
max_concurrent = 3
headers = { X-Both = "endpoint" }
timeouts = { connect_seconds = 2 }
health_check = { kind = "models", interval_seconds = "1h" }
price = 0.5
weight = 3
[[groups.endpoints]]
name = "two"
url = "http://127.0.0.1:9001"
provider = "somebody"
dialect = "anthropic"
"#;
    let plan = plan(text, &facts(&[]));
    let [one, two] = &plan.endpoints[..] else { panic!() };
    assert_eq!((one.tier, one.price, one.weight), (2, 0.5, 3));
    // The group's limit is one over all its endpoints, not each one's own.
    assert_eq!(
        [one, two].map(|e| (e.max_concurrent, e.group_max_concurrent)),
        [(Some(3), Some(8)), (None, Some(8))]
    );
    let pairs = |e: &zephyr_core::config::Endpoint| format!("{:?}", e.headers);
    assert_eq!(pairs(one), r#"[("x-both", "endpoint"), ("x-team", "a")]"#);
    assert_eq!(pairs(two), r#"[("x-both", "group"), ("x-team", "a")]"#);
    assert_eq!((one.timeouts.connect, one.timeouts.idle), (Duration::from_secs(2), Duration::from_secs(60)));
    assert_eq!(
        (two.timeouts.connect, two.timeouts.non_stream),
        (Duration::from_millis(1500), Duration::from_secs(600))
    );
    assert_eq!((one.probe.kind, two.probe.kind), (ProbeKind::Models, ProbeKind::Messages));
    assert_eq!(
        (one.probe.interval, two.probe.interval),
        (Duration::from_secs(3600), Duration::from_secs(120))
    );
    assert_eq!((one.probe.prompt.as_str(), one.probe.timeout), ("group", Duration::from_millis(500)));
    assert_eq!((one.probe.model.as_str(), two.probe.model.as_str()), ("gpt-5-mini", "claude-haiku-4-5"));
    assert_eq!((one.dialect, two.dialect), (Dialect::OpenaiChat, Dialect::Anthropic));
    assert_eq!((one.provider.as_str(), two.provider.as_str()), ("127.0.0.1", "somebody"));
    assert_eq!(one.url.to_string(), "http://127.0.0.1:9000/base");
}

#[test]
fn disabled_endpoints_need_no_key_and_take_no_index() {
    let text = r#"
[[groups]]
name = "off"
enabled = false
auth_token_env = "MISSING"
endpoints = [{ name = "off-1", url = "https://a.example" }]
[[groups]]
name = "on"
auth_token_env = "A"
endpoints = [
  { name = "on-1", url = "https://a.example", enabled = false, auth_token_env = "MISSING" },
  { name = "on-2", url = "https://a.example" },
]
"#;
    let plan = plan(text, &facts(&[("A", "key-a")]));
    let names: Vec<_> = plan.endpoints.iter().map(|e| (e.index, e.name.as_str(), e.default_group)).collect();
    assert_eq!(names, [(0, "on-2", true)]);
    let groups: Vec<_> =
        plan.groups.iter().map(|g| (g.name.as_str(), g.default, g.endpoints.len())).collect();
    assert_eq!(groups, [("off", false, 0), ("on", true, 1)]);
}

#[test]
fn variables_override_the_text_and_sizes_and_durations_are_read() {
    let text = format!("{BUILT_IN}\n[server]\nport = 1\nmax_body = \"1MiB\"\n[failover]\nstatuses = [418]\n");
    let env = [
        ("ZEPHYRD_SERVER__PORT", "9000"),
        ("ZEPHYRD_SERVER__GRACEFUL_SWITCH_TIMEOUT_MS", "2m"),
        ("ZEPHYRD_SERVER__HOSTS", r#"["llm.example.com"]"#),
        ("ZEPHYRD_FAILOVER__STATUSES", "[451]"),
        ("ZEPHYRD_SELECTION__STRATEGY", "least-busy"),
        ("ZEPHYRD_HEALTH_CHECK__INTERVAL_SECONDS", "10"),
        ("ZEPHYRD_CONFIG", "not config"),
        ("ZEPHYR_SOCKET", "not config"),
    ];
    let plan = plan(&text, &facts(&env));
    assert_eq!((plan.server.listen[0].addr.port(), plan.server.max_body), (9000, 1 << 20));
    assert_eq!(plan.server.graceful_switch_timeout, Duration::from_secs(120));
    assert_eq!(
        (plan.server.hosts.as_slice(), plan.failover.statuses.as_slice()),
        (&["llm.example.com".to_owned()][..], &[451][..])
    );
    assert_eq!(plan.selection.strategy, StrategyKind::LeastBusy);
    let probe = &plan.endpoints[0].probe;
    assert_eq!((probe.interval, probe.timeout), (Duration::from_secs(10), Duration::from_secs(5)));
}

#[test]
fn a_variable_for_the_listener_wins_over_the_texts_other_way_to_say_it() {
    let ports = |text: &str, name, value| {
        let plan = plan(&format!("{BUILT_IN}\n[server]\n{text}\n"), &facts(&[(name, value)]));
        plan.server.listen.iter().map(|l| l.addr.port()).collect::<Vec<_>>()
    };
    assert_eq!(ports("port = 8080", "ZEPHYRD_SERVER__LISTEN", r#"["127.0.0.1:9090"]"#), [9090]);
    assert_eq!(ports("listen = [\"127.0.0.1:9090\"]", "ZEPHYRD_SERVER__PORT", "7070"), [7070, 7070]);
}

#[test]
fn a_wide_listener_is_taken_with_client_tokens() {
    let text = format!(
        "{BUILT_IN}\n[server]\nlisten = [\"0.0.0.0:8080\", \"localhost:9090\"]\n[[clients]]\nname = \"ci\"\ntoken = {{ env = \"T\" }}\npaths = [\"/v1/files*\"]\n"
    );
    let plan = plan(&text, &facts(&[("T", "0123456789abcdef")]));
    assert_eq!(plan.server.listen.len(), 3);
    assert_eq!((plan.clients[0].name.as_str(), plan.clients[0].token.expose()), ("ci", "0123456789abcdef"));
}

#[test]
fn what_is_doubtful_is_a_warning() {
    let text = r#"
claude_binary_path = "/usr/bin/claude"
[[groups]]
name = "g"
auth = { bearer = "sk-literal-canary" }
endpoints = [{ name = "e", url = "http://relay.example/v1" }]
"#;
    let mut facts = facts(&[]);
    facts.source_mode = 0o644;
    let (_, warnings) = check(text, &facts).unwrap();
    let said = lines(&warnings);
    assert_eq!(
        said,
        "config.toml:2:22: warning: `claude_binary_path` has no effect: zephyrd sends probes itself
  hint: `kind = \"command\"` runs it
config.toml:5:19: warning: `bearer` is a secret in a file that others can read
  hint: keep it in the key file and name the variable, or chmod 600 the config
config.toml:6:34: warning: the credential goes over the network in clear text
  hint: use `https://`
"
    );
}

#[test]
fn records_are_kept_and_sessions_share_calls_unless_the_config_says_otherwise() {
    let defaults = plan("", &facts(&[]));
    assert_eq!(
        (defaults.usage, defaults.dedup, defaults.cache),
        (Usage::default(), Dedup::Sessions, Cache::default())
    );
    assert!(defaults.budgets.is_empty() && defaults.prices.rules().next().is_none());
    let env = [
        ("ZEPHYRD_USAGE__DATABASE", "memory"),
        ("ZEPHYRD_USAGE__FLUSH_INTERVAL_SECONDS", "50ms"),
        ("ZEPHYRD_DEDUP__ENABLED", "false"),
        ("ZEPHYRD_CACHE__ENABLED", "true"),
    ];
    let plan = plan(&format!("{BUILT_IN}[usage]\nretention_days = 7\nbatch_size = 3\n"), &facts(&env));
    let usage = Usage {
        enabled: true,
        database: Database::Memory,
        retention: Duration::from_secs(7 * 86_400),
        batch_size: 3,
        flush_interval: Duration::from_millis(50),
    };
    assert_eq!((plan.usage, plan.dedup), (usage, Dedup::Off));
    assert_eq!(plan.cache, Cache { enabled: true, ..Cache::default() });
}

#[test]
fn prices_and_limits_are_exact_to_the_nano_dollar() {
    let text = format!(
        "{BUILT_IN}
[[prices]]
model = \"a*\"
endpoint = \"anthropic\"
input = 0.000000001
output = 999999.999999999
cache_read = 0.1
[[budgets]]
period = \"day\"
limit_usd = 0.3
[[budgets]]
period = \"day\"
client = \"ci\"
limit_usd = 1
warn_at = 0.5
[[clients]]
name = \"ci\"
token = \"${{T}}\"
"
    );
    let plan = plan(&text, &facts(&[("T", "0123456789abcdef")]));
    let rule = PriceRule {
        model: "a*".to_owned(),
        endpoint: Some("anthropic".to_owned()),
        input: 1,
        output: 999_999_999_999_999,
        cache_write_5m: None,
        cache_write_1h: None,
        cache_read: Some(100_000_000),
        web_search: None,
    };
    assert_eq!(plan.prices.rules().collect::<Vec<_>>(), [&rule]);
    let budget = |limit_nanos, client: Option<&str>, warn_at| Budget {
        period: Period::Day,
        limit_nanos,
        client: client.map(str::to_owned),
        warn_at,
    };
    assert_eq!(plan.budgets, [budget(300_000_000, None, 0.8), budget(1_000_000_000, Some("ci"), 0.5)]);
}

#[test]
fn an_endpoints_quirks_go_before_its_groups_key_by_key() {
    let text = r#"[[groups]]
name = "g"
auth = "none"
dialect = "openai-chat"
profile = "vllm"
quirks = { developer = true, without = ["seed"], levels = "low" }
endpoints = [
  { name = "a", url = "http://127.0.0.1:1" },
  { name = "b", url = "http://127.0.0.1:2", profile = "ollama", quirks = { developer = false, with = { top_k = 20 } } },
]
"#;
    let plan = plan(text, &facts(&[]));
    let (a, b) = (&plan.endpoints[0].quirks, &plan.endpoints[1].quirks);
    assert_eq!((a.profile.as_deref(), a.developer, &a.with), (Some("vllm"), Some(true), &None));
    assert_eq!((b.profile.as_deref(), b.developer), (Some("ollama"), Some(false)));
    assert_eq!(b.with.as_ref().map(ToString::to_string).as_deref(), Some("top_k = 20\n"));
    for quirks in [a, b] {
        assert_eq!(quirks.without.as_deref(), Some(&["seed".to_owned()][..]));
        assert_eq!(quirks.levels.as_deref(), Some(&["low".to_owned()][..]));
    }
}
