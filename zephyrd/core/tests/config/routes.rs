//! `[[routes]]`: what they mean, and every word that is said about wrong ones.

use zephyr_core::config::{Place, Severity, check};

use super::{facts, lines, plan};

const GROUPS: &str = r#"
[[groups]]
name = "main"
auth = "none"
endpoints = [{ name = "A", url = "http://127.0.0.1:1" }, { name = "B", url = "http://127.0.0.1:2" }]
[[groups]]
name = "other"
auth = "none"
dialect = "openai-chat"
endpoints = [{ name = "C", url = "http://127.0.0.1:3" }]
[[groups]]
name = "off"
enabled = false
auth = "none"
endpoints = [{ name = "D", url = "http://127.0.0.1:4" }]
"#;

fn with(routes: &str) -> String {
    format!("{GROUPS}{routes}")
}

#[test]
fn a_route_has_targets_by_priority_with_the_model_that_each_is_asked_for() {
    let text = with(
        r#"
[[routes]]
model = "*sonnet*"
targets = [
    { endpoint = "C", model = "deep-1", priority = 200 },
    { group = "main" },
    { endpoint = "C", model = "passthrough", priority = 1 },
]
"#,
    );
    let plan = plan(&text, &facts(&[]));
    let route = plan.route("claude-sonnet-5").unwrap();
    assert_eq!((route.model.as_str(), route.line), ("*sonnet*", 17));
    let told = |t: &zephyr_core::config::Target| {
        (t.place.clone(), t.model.as_deref().map(str::to_owned), t.priority)
    };
    let (endpoint, group) = (|n: &str| Place::Endpoint(n.into()), |n: &str| Place::Group(n.into()));
    let expected =
        [(endpoint("C"), None, 1), (group("main"), None, 2), (endpoint("C"), Some("deep-1".to_owned()), 200)];
    assert_eq!(route.targets.iter().map(told).collect::<Vec<_>>(), expected);
    assert!(plan.route("claude-opus-5").is_none());
}

#[test]
fn a_route_that_only_moved_in_the_file_is_the_same() {
    let routes = "[[routes]]\nmodel = \"m\"\ntargets = [{ group = \"main\" }]\n";
    let (a, b) = (plan(&with(routes), &facts(&[])), plan(&with(&format!("\n\n{routes}")), &facts(&[])));
    assert_ne!(a.routes[0].line, b.routes[0].line);
    assert_eq!(a.routes, b.routes);
}

#[test]
fn every_mistake_in_a_route_is_told_with_its_place_and_what_was_meant() {
    let text = with(
        r#"
[[routes]]
targets = [{ group = "main" }]
[[routes]]
model = "no-targets"
[[routes]]
model = "empty"
targets = []
[[routes]]
model = "names"
targets = [
    { group = "mian" },
    { endpoint = "a" },
    { endpoint = "main" },
    { group = "A" },
    { model = "x" },
    { group = "main", endpoint = "A" },
    { endpoint = "A", model = "claude-*" },
]
[[routes]]
model = "Names"
targets = [{ group = "main" }]
[[routes]]
model = "twice"
targets = [{ group = "main" }, { endpoint = "B", priority = 1 }, { endpoint = "B" }]
[[routes]]
model = " space"
targets = [{ group = "main", prioriti = 1 }]
"#,
    );
    let problems = check(&text, &facts(&[])).expect_err("this text should be wrong");
    insta::assert_snapshot!(lines(&problems));
}

#[test]
fn what_is_only_odd_about_a_route_is_a_warning() {
    let text = with(
        r#"
[[routes]]
model = "*"
targets = [{ group = "main" }]
[[routes]]
model = "claude-*"
targets = [{ group = "off" }, { endpoint = "D" }]
[[routes]]
model = "claude-name"
targets = [{ group = "off" }, { group = "main" }]
"#,
    );
    let (plan, warnings) = check(&text, &facts(&[])).unwrap();
    assert!(warnings.iter().all(|w| w.severity == Severity::Warning));
    assert_eq!(plan.routes.len(), 3);
    insta::assert_snapshot!(lines(&warnings));
}
