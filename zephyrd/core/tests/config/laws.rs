//! What holds for every text and every pair of plans.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use zephyr_core::config::{
    Change, Endpoint, Plan, Problem, Routes, Severity, check, diff, effective, mask, needs, vocabulary,
};

use super::{facts, plan};

/// A line of a config: a table's head or a key with some value, often the wrong one.
fn line() -> impl Strategy<Value = String> {
    let sections: Vec<&str> = vocabulary().iter().map(|s| s.name).filter(|n| !n.is_empty()).collect();
    let keys: Vec<&str> = vocabulary().iter().flat_map(|s| s.keys.iter().map(|k| k.name)).collect();
    let value = prop_oneof![
        Just("1".to_owned()),
        Just("-3".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("1e400".to_owned()),
        Just("nan".to_owned()),
        Just("true".to_owned()),
        Just("1979-05-27".to_owned()),
        Just("\"60s\"".to_owned()),
        Just("\"9999999999999999999h\"".to_owned()),
        Just("\"${A\"".to_owned()),
        Just("\"/x\"".to_owned()),
        Just("[\"a\", 1]".to_owned()),
        Just("{ env = \"A\" }".to_owned()),
        Just("{ bearer = { file = \"/f\", key = \"K\" } }".to_owned()),
        Just("[{ name = \"e\", url = \"https://a\" }]".to_owned()),
        "\"[ -~äß€]{0,12}\"",
        "[ -~]{0,12}",
    ];
    prop_oneof![
        proptest::sample::select(sections).prop_map(|s| format!("[{s}]")),
        Just("[[groups]]".to_owned()),
        Just("[[groups.endpoints]]".to_owned()),
        Just("[[routes]]".to_owned()),
        Just("[[routes.targets]]".to_owned()),
        Just("[[clients]]".to_owned()),
        Just("[[prices]]".to_owned()),
        Just("[[budgets]]".to_owned()),
        (proptest::sample::select(keys), value).prop_map(|(k, v)| format!("{k} = {v}")),
    ]
}

fn in_order(problems: &[Problem]) -> bool {
    let places: Vec<_> = problems
        .iter()
        .filter(|p| p.source == "config.toml" && p.line > 0)
        .map(|p| (p.line, p.column))
        .collect();
    places.is_sorted()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_a_plan_or_problems_in_order(text in "\\PC{0,200}") {
        let _ = needs(&text, &BTreeMap::new());
        let _ = mask(&text);
        if let Err(problems) = check(&text, &facts(&[])) {
            prop_assert!(problems.iter().any(|p| p.severity == Severity::Error));
            prop_assert!(in_order(&problems));
        }
    }

    #[test]
    fn any_lines_of_the_vocabulary_give_a_plan_or_problems_in_order(lines in prop::collection::vec(line(), 0..24)) {
        let text = lines.join("\n");
        let _ = needs(&text, &BTreeMap::new());
        let _ = mask(&text);
        let facts = facts(&[("A", "value-of-a")]);
        prop_assert_eq!(check(&text, &facts).is_ok(), effective(&text, &facts).is_ok());
        match check(&text, &facts) {
            Ok((_, warnings)) => prop_assert!(warnings.iter().all(|p| p.severity == Severity::Warning)),
            Err(problems) => {
                prop_assert!(problems.iter().any(|p| p.severity == Severity::Error));
                prop_assert!(in_order(&problems));
            }
        }
    }

    #[test]
    fn any_subset_of_mistakes_is_told_whole_and_in_order(wrong in prop::collection::btree_set(0usize..6, 1..6)) {
        let mistakes = ["prot = 1", "hosts = 1", "max_body = \"1\"", "tls = 1", "env_file = \"x\"", "listen = []"];
        let mut text = "[server]\n".to_owned();
        for i in &wrong {
            text.push_str(mistakes[*i]);
            text.push('\n');
        }
        text.push_str(zephyr_core::config::BUILT_IN);
        let problems = check(&text, &facts(&[])).unwrap_err();
        let told: Vec<u32> = problems.iter().map(|p| p.line).collect();
        let expected: Vec<u32> = (2..).take(wrong.len()).collect();
        prop_assert_eq!(told, expected);
    }

    #[test]
    fn nothing_differs_from_itself(a in some_plan()) {
        prop_assert_eq!(diff(&a, &a), vec![]);
    }

    #[test]
    fn applying_a_difference_converges(a in some_plan(), b in some_plan()) {
        let mut model = Model::of(&a);
        for change in diff(&a, &b) {
            model.apply(change);
        }
        prop_assert_eq!(model, Model::of(&b));
    }
}

/// A plan of a few endpoints whose settings often coincide.
fn some_plan() -> impl Strategy<Value = Plan> {
    let endpoint = (0usize..6, 1u32..3, prop::bool::ANY);
    let group = (0usize..3, prop::collection::btree_map(0usize..6, endpoint, 1..4));
    let settings =
        (prop::sample::select(vec!["fastest", "random"]), 1u32..3, prop::sample::select(vec![50u32, 60]));
    let clients = prop::collection::btree_map(0usize..3, 1u32..3, 0..3);
    let target = (0usize..3, 1u32..3, prop::option::of(0usize..2));
    let routes = prop::collection::btree_map(0usize..4, prop::collection::vec(target, 1..4), 0..4);
    let parts = (prop::collection::btree_map(0usize..3, group, 1..3), settings, clients, routes);
    parts.prop_map(|(groups, (strategy, attempts, threshold), clients, routes)| {
        let mut text = format!(
            "[selection]\nstrategy = \"{strategy}\"\n[failover]\nmax_attempts = {attempts}\n[server]\nswitch_threshold_ms = {threshold}\n"
        );
        for (g, (priority, endpoints)) in &groups {
            text.push_str(&format!("[[groups]]\nname = \"g{g}\"\nauth = \"none\"\npriority = {priority}\n"));
            for (e, (url, weight, models)) in endpoints {
                let kind = if *models { "models" } else { "connect" };
                text.push_str(&format!(
                    "[[groups.endpoints]]\nname = \"g{g}-{e}\"\nurl = \"http://127.0.0.1:{}\"\nweight = {weight}\nhealth_check = {{ kind = \"{kind}\" }}\n",
                    url + 1
                ));
            }
        }
        for (r, targets) in routes {
            let mut taken = std::collections::BTreeSet::new();
            let known = |(g, priority, _): &(usize, u32, _)| groups.contains_key(g) && taken.insert((*g, *priority));
            let targets: Vec<_> = targets.into_iter().filter(known).collect();
            if targets.is_empty() {
                continue;
            }
            text.push_str(&format!("[[routes]]\nmodel = \"{}\"\n", ["m", "m*", "?n", "*"][r]));
            for (g, priority, model) in targets {
                let model = model.map_or("passthrough".to_owned(), |model| format!("other-{model}"));
                text.push_str(&format!(
                    "[[routes.targets]]\ngroup = \"g{g}\"\npriority = {priority}\nmodel = \"{model}\"\n"
                ));
            }
        }
        for (c, most) in clients {
            text.push_str(&format!(
                "[[clients]]\nname = \"c{c}\"\ntoken = \"sixteen characters {c}\"\nmax_concurrent = {most}\n"
            ));
        }
        plan(&text, &facts(&[]))
    })
}

/// What an engine would know of a plan.
#[derive(Debug, PartialEq)]
struct Model {
    endpoints: BTreeMap<String, Arc<Endpoint>>,
    selection: (zephyr_core::config::Selection, std::time::Duration),
    failover: zephyr_core::config::Failover,
    suspension: zephyr_core::config::Suspension,
    groups: Vec<String>,
    routes: Routes,
    clients: Vec<(String, Option<u32>)>,
}

impl Model {
    fn of(plan: &Plan) -> Self {
        Self {
            endpoints: plan.endpoints.iter().map(|e| (e.name.clone(), Arc::clone(e))).collect(),
            selection: (plan.selection, plan.server.switch_threshold),
            failover: plan.failover.clone(),
            suspension: plan.suspension,
            groups: plan.groups.iter().map(|g| g.name.clone()).collect(),
            routes: plan.routes.clone(),
            clients: plan.clients.iter().map(|c| (c.name.clone(), c.max_concurrent)).collect(),
        }
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Added(e) => assert!(self.endpoints.insert(e.name.clone(), e).is_none(), "added twice"),
            Change::Changed(e) => {
                assert!(self.endpoints.insert(e.name.clone(), e).is_some(), "changed before added")
            }
            Change::Removed(name) => assert!(self.endpoints.remove(&name).is_some(), "removed twice"),
            Change::Selection(selection, threshold) => self.selection = (selection, threshold),
            Change::Failover(failover) => self.failover = failover,
            Change::Suspension(suspension) => self.suspension = suspension,
            Change::Groups(groups) => self.groups = groups,
            Change::Routes(routes) => self.routes = routes,
            Change::Clients(clients) => self.clients = clients,
        }
    }
}
