//! Anthropic Messages read into the intermediate form and written from it, rule by rule.
#![allow(clippy::expect_used, clippy::panic, reason = "a test")]

mod answers;
mod laws;
mod model_rules;
mod read;
mod streams;
mod write;

use serde_json::Value;
use zephyr_wire::dialect::ANTHROPIC;
use zephyr_wire::form::{Loss, Part, Refused, Request, Role, Turn};
use zephyr_wire::quirks::Quirks;
use zephyr_wire::translate::{Convert, Wish};

fn messages() -> &'static dyn Convert {
    ANTHROPIC.convert()
}

fn wish() -> Wish {
    Wish { model: "claude-asked".into(), id: "7f3a".into(), ..Wish::default() }
}

/// What is written for a request, and what was lost.
fn written(request: &Request<'_>) -> (Value, Vec<&'static str>) {
    let (body, losses) = try_written(request, &Quirks::default()).expect("written");
    (body, losses.into_iter().map(|loss| loss.what).collect())
}

fn try_written(request: &Request<'_>, quirks: &Quirks) -> Result<(Value, Vec<Loss>), Refused> {
    let mut losses = Vec::new();
    let body = messages().write_request(request, quirks, &mut losses)?;
    Ok((serde_json::from_slice(&body).expect("sound JSON"), losses))
}

fn text(text: &'static str) -> Part<'static> {
    Part::Text { text: text.into(), cache: None }
}

fn turn(role: Role, parts: Vec<Part<'static>>) -> Turn<'static> {
    Turn { role, parts, name: None }
}

/// A request of one turn to a model of this name.
fn asking(model: &'static str) -> Request<'static> {
    Request { model: model.into(), turns: vec![turn(Role::User, vec![text("hi")])], ..Request::default() }
}

/// The value without its marks of the cache.
fn unmarked(mut value: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.remove("cache_control");
                members.values_mut().for_each(walk);
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut value);
    value
}
