//! The document is whole: every path, parameter, body, answer and refusal is in it and described.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

fn document() -> Value {
    let (_, document) = crate::http::families().split_for_parts();
    serde_json::to_value(complete(document)).unwrap()
}

/// Every operation: method, path, and what is said of it.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let each = |(path, item): (&String, &Value)| {
        let item = item.as_object().unwrap().clone();
        item.into_iter().map(|(method, operation)| (method, path.clone(), operation)).collect::<Vec<_>>()
    };
    paths.iter().flat_map(each).collect()
}

#[test]
fn every_path_that_is_promised_is_in_it() {
    let document = document();
    let there: BTreeSet<String> =
        operations(&document).into_iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    let promised = [
        "get /api/v1/status",
        "get /api/v1/endpoints",
        "post /api/v1/endpoints/{name}/priority",
        "delete /api/v1/endpoints/{name}/priority",
        "post /api/v1/endpoints/{name}/health-check",
        "post /api/v1/endpoints/{name}/pause",
        "post /api/v1/endpoints/{name}/resume",
        "post /api/v1/endpoints/{name}/drain",
        "get /api/v1/groups",
        "post /api/v1/groups/{name}/activate",
        "post /api/v1/groups/{name}/pause",
        "post /api/v1/groups/{name}/resume",
        "post /api/v1/groups/{name}/priority",
        "delete /api/v1/groups/{name}/priority",
        "get /api/v1/connections",
        "get /api/v1/suspended/requests",
        "post /api/v1/suspended/release",
        "get /api/v1/config",
        "post /api/v1/config/reload",
        "get /api/v1/requests",
        "get /api/v1/requests/{id}",
        "get /api/v1/usage/requests",
        "get /api/v1/usage/summary",
        "get /api/v1/usage/stats",
        "get /api/v1/usage/export",
        "get /api/v1/tokens/usage",
        "get /api/v1/chart/{chart}",
        "get /api/v1/route",
        "post /api/v1/pin",
        "post /api/v1/unpin",
        "post /api/v1/monitoring/pause",
        "post /api/v1/monitoring/resume",
    ];
    let missing: Vec<&str> = promised.into_iter().filter(|path| !there.contains(*path)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_operation_says_what_it_does_what_it_takes_and_what_it_answers() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let at = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{at} has no id"));
        assert!(ids.insert(id.to_owned()), "{at}: `{id}` is taken");
        assert!(operation["summary"].as_str().is_some_and(|s| s.len() > 5), "{at} has no summary");
        assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{at} has no tag");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = &parameter["name"];
            assert!(
                parameter["description"].as_str().is_some_and(|d| !d.is_empty()),
                "{at}: {name} is not described"
            );
            assert!(parameter["schema"].is_object(), "{at}: {name} has no schema");
        }
        for name in path.split(['{', '}']).skip(1).step_by(2) {
            let named = |p: &Value| p["in"] == "path" && p["name"] == name;
            assert!(
                operation["parameters"].as_array().unwrap().iter().any(named),
                "{at}: `{name}` is missing"
            );
        }
        if !operation["requestBody"].is_null() {
            assert!(
                operation["requestBody"]["content"]["application/json"]["schema"].is_object(),
                "{at}: its body"
            );
        }
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{at} never works");
        for (status, response) in responses {
            assert!(
                response["description"].as_str().is_some_and(|d| !d.is_empty()),
                "{at}: {status} is not described"
            );
            let content = response["content"].as_object();
            assert!(content.is_some_and(|content| !content.is_empty()), "{at}: {status} has no body");
        }
    }
}

#[test]
fn what_changes_something_needs_a_token_and_what_reads_may_need_one() {
    for (method, path, operation) in operations(&document()) {
        if !path.starts_with("/api/v1/") {
            continue;
        }
        let free = operation["security"].as_array().unwrap().contains(&serde_json::json!({}));
        assert_eq!(free, method == "get", "{method} {path}");
        assert!(operation["responses"]["401"].is_object(), "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(target)) = map.get("$ref") {
                    found.insert(target.clone());
                }
                map.values().for_each(|v| references(v, found));
            }
            Value::Array(list) => list.iter().for_each(|v| references(v, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{found:?}");
    for target in found {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target} is nowhere");
    }
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
}
