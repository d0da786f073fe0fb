//! Texts that are wrong, and every word that is said about them.

use std::path::PathBuf;

use zephyr_core::config::{FileFact, FileState, Severity, check};

use super::{facts, lines, private};

/// What is said about `text`.
fn said(text: &str, facts: &zephyr_core::config::Facts) -> String {
    let problems = check(text, facts).expect_err("this text should be wrong");
    assert!(problems.iter().any(|p| p.severity == Severity::Error));
    lines(&problems)
}

/// What is said about one good group with `more` after it.
fn said_with(more: &str) -> String {
    let group = "[[groups]]\nname = \"g\"\nauth = \"none\"\nendpoints = [{ name = \"e\", url = \"http://127.0.0.1:1\" }]\n";
    said(&format!("{group}{more}"), &facts(&[]))
}

#[test]
fn everything_that_is_wrong_is_said_at_once_in_the_order_of_the_text() {
    let mut facts = facts(&[
        ("EMPTY", ""),
        ("PLACEHOLDER", "your-token-here"),
        ("CANARY", "sk-canary-value \u{7f}"),
        ("ZEPHYRD_SERVER__PROT", "1"),
        ("ZEPHYRD_LOG__LEVEL", "inof"),
    ]);
    let wide = FileFact { state: FileState::Text("A=b\n".to_owned()), mode: 0o640 };
    facts.env_file = Some((PathBuf::from("/etc/zephyrd/zephyrd.env"), wide.clone()));
    facts.files.insert("/etc/keys".into(), wide);
    facts.files.insert("/etc/secret-file".into(), private("OTHER=1\n"));
    facts.files.insert("/etc/ca.pem".into(), private("no pem\n"));
    insta::assert_snapshot!(said(include_str!("broken.toml"), &facts));
}

#[test]
fn a_budget_that_nothing_is_counted_for_is_refused() {
    let said = said_with("[usage]\nenabled = false\n[[budgets]]\nperiod = \"day\"\nlimit_usd = 1\n");
    assert!(said.contains("a budget without `[usage]` would never be spent"), "{said}");
}

#[test]
fn broken_toml_is_told_with_its_place_and_the_rest_of_the_file_still_read() {
    let text = "[server]\nport = \nprot = 1\n[[groups]]\nname = \"a\"\nname = \"b\"\n[log\nlevel = 1\n";
    insta::assert_snapshot!(said(text, &facts(&[])));
}

#[test]
fn a_file_without_groups_or_without_an_enabled_endpoint_is_refused() {
    assert!(
        said("[log]\nlevel = \"info\"\n", &facts(&[]))
            .starts_with("config.toml: error: there is no `[[groups]]`\n")
    );
    let off = "[[groups]]\nname = \"g\"\nauth = \"none\"\nendpoints = [{ name = \"e\", url = \"http://a\", enabled = false }]";
    assert!(said(off, &facts(&[])).contains("error: no endpoint is enabled\n"));
}

#[test]
fn a_wide_listener_without_clients_is_refused() {
    let said = said_with(
        "[server]\nlisten = [\"0.0.0.0:8080\", \"unix:/run/x\", \"8080\", \"127.0.0.1:1\", \"127.0.0.1:1\"]\n",
    );
    insta::assert_snapshot!(said);
}

#[test]
fn every_later_feature_is_known_by_name() {
    for text in ["[hooks]\n", "[[hooks]]\n"] {
        let said = said_with(text);
        assert!(
            said.contains("is not in this version of zephyrd yet") && !said.contains("unknown"),
            "{said}"
        );
    }
    for key in
        ["[[groups]]\nname=\"a\"\npaths=[]", "[[clients]]\nname=\"a\"\ntoken=\"0123456789abcdef\"\nmodels=[]"]
    {
        assert!(said_with(key).contains("not in this version"), "{key}");
    }
}

#[test]
fn a_missing_or_unreadable_named_key_file_is_an_error_and_a_missing_default_one_is_not() {
    let text = format!("[server]\nenv_file = \"/srv/keys.env\"\n{}", zephyr_core::config::BUILT_IN);
    let fact = |state| Some((PathBuf::from("/srv/keys.env"), FileFact { state, mode: 0 }));
    let mut facts = facts(&[]);
    facts.env_file = fact(FileState::Missing);
    assert_eq!(said(&text, &facts), "config.toml:2:12: error: key file `/srv/keys.env` does not exist\n");
    assert!(check("", &facts).is_ok());
    facts.env_file = fact(FileState::Unreadable("permission denied".to_owned()));
    assert_eq!(
        said("", &facts),
        "config.toml: error: key file `/srv/keys.env` cannot be read: permission denied\n"
    );
}

#[test]
fn a_wrong_line_of_the_key_file_is_told_without_its_content() {
    let mut facts = facts(&[]);
    facts.env_file = Some(("/k.env".into(), private("# keys\nsk-canary-1\n")));
    assert_eq!(said("", &facts), "/k.env:2:1: error: no `NAME=value` line\n");
}

#[test]
fn a_text_of_more_than_a_mebibyte_is_refused() {
    let text = format!("#{}", " ".repeat(1 << 20));
    assert!(check(&text, &facts(&[])).is_ok(), "a comment stands for nothing");
    let text = format!("a = \"{}\"", "x".repeat(1 << 20));
    assert_eq!(said(&text, &facts(&[])), "config.toml: error: the file is larger than 1 MiB\n");
}

#[test]
fn a_flood_of_problems_is_cut_off_and_counted() {
    let text: String = (0..1000).map(|i| format!("key_{i} = 1\n")).collect();
    let problems = check(&text, &facts(&[])).unwrap_err();
    assert_eq!(problems.len(), 201);
    assert_eq!(problems[200].message, "801 more problems are not listed");
}

#[test]
fn no_secret_is_in_any_problem() {
    let text = r#"
[[groups]]
name = "g"
auth = "sk-canary-a"
endpoints = [
  { name = "a", url = "https://user:sk-canary-b@a.example" },
  { name = "b", url = "https://a.example", auth_token_env = "sk-canary-c" },
  { name = "c", url = "https://a.example", auth = { bearer = { env = "skcanary0123456789012345678" } } },
  { name = "d", url = "https://a.example?key=sk-canary-e", auth = { bearer = "sk-canary-f\n" } },
  { name = "e", url = "https://a.example", auth = { bearer = ["sk-canary-g"] }, proxy = "x://u:sk-canary-h@p" },
  { name = "f", url = "https://a.example", headers = { Authorization = "sk-canary-i" } },
]
[[clients]]
name = "c"
token = "sk-canary-j"
"#;
    let said = said(text, &facts(&[]));
    assert!(!said.contains("canary"), "{said}");
    assert!(said.lines().filter(|l| l.contains(": error: ")).count() >= 9, "{said}");
}

#[test]
fn a_cron_expression_that_cannot_be_read_is_told_with_its_place_and_an_example() {
    let text = "[[groups]]\nname = \"g\"\nauth = \"none\"\nrecover = { cron = \"0-4 24 * * *\" }\nendpoints = [{ name = \"e\", url = \"http://127.0.0.1:1\" }]\n";
    let said = said(text, &facts(&[]));
    assert_eq!(
        said,
        "config.toml:4:20: error: `cron`: field 2 (hour), `24`: 24 is not from 0 to 23\n  hint: numbers from 0 to 23, as in `*`, `11`, `0-11`, `*/2` or `0,11`\n"
    );
}

#[test]
fn quirks_that_cannot_be_meant_are_told_once_with_their_place() {
    let text = r#"[[groups]]
name = "g"
auth = "none"
profile = "vlm"
endpoints = [{ name = "e", url = "http://127.0.0.1:1" }, { name = "f", url = "http://127.0.0.1:2" }]
[groups.quirks]
without = ["model", "seed"]
with = { seed = 1, since = 2026-01-01, stream = true }
levels = ["low", "lots"]
effort_field = "efort"
max_tool_name = 3
tokens = 5
"#;
    insta::assert_snapshot!(said(text, &facts(&[])));
}

#[test]
fn a_member_may_not_be_both_left_out_and_added() {
    let text = "[groups.quirks]\nwithout = [\"seed\"]\nwith = { seed = 1 }\n";
    let group = "[[groups]]\nname = \"g\"\nauth = \"none\"\nendpoints = [{ name = \"e\", url = \"http://127.0.0.1:1\" }]\n";
    let said = said(&format!("{group}{text}"), &facts(&[]));
    assert!(said.contains("`seed` is both in `without` and in `with`"), "{said}");
}
