//! Lists of models in the shapes of both vendors.

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use zephyr_wire::dialect::{ANTHROPIC, Dialect};

use super::super::error::Problem;
use super::{Model, unknown};

/// How many models a page of Anthropic's has unless asked for, and at most.
const PAGE: (usize, usize) = (20, 1_000);

/// One model by its id, as the path has it.
pub(super) fn one(dialect: &dyn Dialect, models: &[Model], id: &str) -> Result<Value, Problem> {
    let id = percent_decode_str(id).decode_utf8_lossy();
    let found = models.iter().find(|model| model.id == id);
    let shown: String = id.chars().filter(|c| !c.is_control()).take(200).collect();
    found.map(|model| shape(dialect, model)).ok_or_else(|| unknown(format!("model: {shown}")))
}

/// All of them: by pages for Anthropic's clients.
pub(super) fn list(dialect: &dyn Dialect, models: &[Model], query: &str) -> Result<Value, Problem> {
    if dialect.name() != ANTHROPIC.name() {
        let data: Vec<Value> = models.iter().map(|model| shape(dialect, model)).collect();
        return Ok(json!({"object": "list", "data": data}));
    }
    let asked = |key: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == key).map(|(_, value)| percent_decode_str(value).decode_utf8_lossy())
    };
    let wrong = |message: String| Problem::final_(400, "invalid_request_error", message);
    let limit = match asked("limit") {
        None => PAGE.0,
        Some(text) => match text.parse::<usize>() {
            Ok(limit @ 1..) if limit <= PAGE.1 => limit,
            _ => return Err(wrong(format!("`limit` must be a whole number from 1 to {}", PAGE.1))),
        },
    };
    let place = |id: &str| models.iter().position(|model| model.id == id);
    let (mut from, mut to) = (0, models.len());
    if let Some(id) = asked("after_id") {
        from = place(&id).ok_or_else(|| wrong("`after_id` names no model of this list".to_owned()))? + 1;
    }
    let before = asked("before_id");
    if let Some(id) = &before {
        to = place(id).ok_or_else(|| wrong("`before_id` names no model of this list".to_owned()))?;
    }
    let within = models.get(from..to).unwrap_or_default();
    let more = within.len() > limit;
    let page = match &before {
        Some(_) => &within[within.len().saturating_sub(limit)..],
        None => &within[..within.len().min(limit)],
    };
    Ok(json!({
        "data": page.iter().map(|model| shape(dialect, model)).collect::<Vec<_>>(),
        "has_more": more,
        "first_id": page.first().map(|model| &model.id),
        "last_id": page.last().map(|model| &model.id),
    }))
}

fn shape(dialect: &dyn Dialect, model: &Model) -> Value {
    if dialect.name() == ANTHROPIC.name() {
        let created = Timestamp::from_second(model.created).unwrap_or_default();
        return json!({
            "type": "model",
            "id": model.id,
            "display_name": model.title.as_ref().unwrap_or(&model.id),
            "created_at": created.to_string(),
        });
    }
    json!({"id": model.id, "object": "model", "created": model.created, "owned_by": model.owner})
}

#[cfg(test)]
mod tests {
    use zephyr_wire::dialect::OPENAI_CHAT;

    use super::*;

    fn models(ids: &[&str]) -> Vec<Model> {
        let model = |id: &&str| Model {
            id: (*id).to_owned(),
            title: None,
            created: 1_760_000_000,
            owner: "g".to_owned(),
        };
        ids.iter().map(model).collect()
    }

    fn page(query: &str) -> (Vec<String>, bool) {
        let list = list(ANTHROPIC, &models(&["a", "b", "c/x", "d"]), query).unwrap();
        let ids = list["data"].as_array().unwrap().iter();
        (ids.map(|m| m["id"].as_str().unwrap().to_owned()).collect(), list["has_more"] == true)
    }

    #[test]
    fn pages_go_forwards_and_backwards() {
        let of = |ids: &[&str], more| (ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>(), more);
        assert_eq!(page(""), of(&["a", "b", "c/x", "d"], false));
        assert_eq!(page("limit=3"), of(&["a", "b", "c/x"], true));
        assert_eq!(page("limit=3&after_id=b"), of(&["c/x", "d"], false));
        assert_eq!(page("limit=1&before_id=c%2Fx"), of(&["b"], true));
        assert_eq!(page("beta=true&after_id=d"), of(&[], false));
        assert_eq!(page("after_id=d&before_id=a"), of(&[], false));
        for query in ["limit=0", "limit=1001", "limit=x", "after_id=z", "before_id="] {
            assert_eq!(list(ANTHROPIC, &models(&["a"]), query).unwrap_err().status, 400, "{query}");
        }
    }

    #[test]
    fn each_dialect_has_its_shape() {
        let models = models(&["claude-x"]);
        assert_eq!(
            list(ANTHROPIC, &models, "").unwrap(),
            json!({"data": [{"type": "model", "id": "claude-x", "display_name": "claude-x",
                "created_at": "2025-10-09T08:53:20Z"}], "has_more": false, "first_id": "claude-x", "last_id": "claude-x"})
        );
        let openai = json!({"id": "claude-x", "object": "model", "created": 1_760_000_000, "owned_by": "g"});
        assert_eq!(
            list(OPENAI_CHAT, &models, "limit=x").unwrap(),
            json!({"object": "list", "data": [openai.clone()]})
        );
        assert_eq!(one(OPENAI_CHAT, &models, "claude-x").unwrap(), openai);
        assert_eq!(one(OPENAI_CHAT, &models, "claude-y").unwrap_err().status, 404);
        let empty = list(ANTHROPIC, &[], "").unwrap();
        assert_eq!((&empty["first_id"], &empty["has_more"]), (&Value::Null, &json!(false)));
    }
}
