//! A dialect, as its clients ask in it and as its endpoints answer.

use bytes::Bytes;
use serde_json::{Value, json};
use zephyr_tests::fake::realistic::{TEXT, anthropic, openai_chat, openai_responses};
use zephyr_wire::dialect::{ANTHROPIC, Dialect, OPENAI_CHAT, OPENAI_RESPONSES};
use zephyr_wire::encoding::Encoding;
use zephyr_wire::tap::{Form, Tap};
use zephyr_wire::usage::Usage;
use zephyr_wire::whole::{gather, is_sound};

/// See the module.
pub(super) struct Side {
    pub(super) dialect: &'static dyn Dialect,
    pub(super) path: &'static str,
    /// The events of an answer, with a call of the tool if there is one.
    pub(super) events: fn(&str, Option<&Value>) -> Vec<Bytes>,
    /// The same as one object.
    pub(super) whole: fn(&str, Option<&Value>) -> Value,
}

pub(super) static MESSAGES: Side =
    Side { dialect: ANTHROPIC, path: "/v1/messages", events: anthropic::stream, whole: anthropic::message };
pub(super) static CHAT: Side = Side {
    dialect: OPENAI_CHAT,
    path: "/v1/chat/completions",
    events: openai_chat::stream,
    whole: openai_chat::completion,
};
pub(super) static RESPONSES: Side = Side {
    dialect: OPENAI_RESPONSES,
    path: "/v1/responses",
    events: openai_responses::stream,
    whole: openai_responses::response,
};

/// Every client with every endpoint of another dialect.
pub(super) fn pairs() -> impl Iterator<Item = (&'static Side, &'static Side)> {
    let all = [&MESSAGES, &CHAT, &RESPONSES];
    let every = all.into_iter().flat_map(move |client| all.map(|endpoint| (client, endpoint)));
    every.filter(|(client, endpoint)| client.name() != endpoint.name())
}

impl Side {
    pub(super) fn name(&self) -> &'static str {
        self.dialect.name()
    }

    /// A client's request.
    pub(super) fn body(&self, stream: bool) -> Value {
        match self.name() {
            "anthropic" => json!({"model": "claude-opus-5-5", "max_tokens": 64, "stream": stream,
                "messages": [{"role": "user", "content": "hi"}]}),
            "openai-chat" => {
                json!({"model": "gpt-5", "stream": stream, "stream_options": {"include_usage": true},
                "messages": [{"role": "user", "content": "hi"}]})
            }
            _ => json!({"model": "gpt-5", "stream": stream, "input": "hi"}),
        }
    }

    /// The same with a tool that must be called.
    pub(super) fn with_tool(&self, stream: bool) -> Value {
        let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
        let mut body = self.body(stream);
        (body["tools"], body["tool_choice"]) = match self.name() {
            "anthropic" => (
                json!([{"name": "weather", "description": "tells it", "input_schema": schema}]),
                json!({"type": "any"}),
            ),
            "openai-chat" => (
                json!([{"type": "function", "function": {"name": "weather", "parameters": schema}}]),
                json!("required"),
            ),
            _ => (json!([{"type": "function", "name": "weather", "parameters": schema}]), json!("required")),
        };
        body
    }

    /// The request after `first`, which was answered with the call in the whole `answer`: with the call's result.
    pub(super) fn with_result(&self, mut first: Value, answer: &Value) -> Value {
        first["tool_choice"] =
            json!(if self.name() == "anthropic" { json!({"type": "auto"}) } else { json!("auto") });
        let (id, _, _) = self.call(answer);
        match self.name() {
            "anthropic" => {
                let result = json!([{"type": "tool_result", "tool_use_id": id, "content": "windy"}]);
                let turns = first["messages"].as_array_mut().unwrap();
                turns.push(json!({"role": "assistant", "content": answer["content"]}));
                turns.push(json!({"role": "user", "content": result}));
            }
            "openai-chat" => {
                let turns = first["messages"].as_array_mut().unwrap();
                turns.push(answer["choices"][0]["message"].clone());
                turns.push(json!({"role": "tool", "tool_call_id": id, "content": "windy"}));
            }
            _ => {
                let mut items = vec![json!({"role": "user", "content": "hi"})];
                items.extend(answer["output"].as_array().unwrap().iter().cloned());
                items.push(json!({"type": "function_call_output", "call_id": id, "output": "windy"}));
                first["input"] = Value::Array(items);
            }
        }
        first
    }

    /// The whole answer that a client got, which must be sound.
    #[track_caller]
    pub(super) fn read(&self, stream: bool, body: &[u8]) -> Value {
        let text = String::from_utf8_lossy(body);
        let whole = match stream {
            true => gather(self.dialect, body).unwrap_or_else(|e| panic!("{}: {e} in {text}", self.name())),
            false => body.to_vec(),
        };
        assert!(is_sound(self.dialect, &whole), "{}: {text}", self.name());
        serde_json::from_slice(&whole).unwrap()
    }

    /// What a client is told that an answer used.
    pub(super) fn usage(&self, stream: bool, body: &[u8]) -> Usage {
        let form = if stream { Form::Stream } else { Form::Whole };
        let mut tap = Tap::new(self.dialect, form, Encoding::Identity);
        tap.feed(body);
        tap.finish();
        tap.reading().usage.expect("a usage")
    }

    /// The text of a whole answer.
    pub(super) fn text(&self, answer: &Value) -> String {
        let part = |part: &Value| part["text"].as_str().unwrap_or_default().to_owned();
        match self.name() {
            "anthropic" => answer["content"].as_array().unwrap().iter().map(part).collect(),
            "openai-chat" => {
                answer["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned()
            }
            _ => {
                let items = answer["output"].as_array().unwrap().iter();
                items.filter_map(|item| item["content"].as_array()).flatten().map(part).collect()
            }
        }
    }

    /// Id, name and input of the first call in a whole answer.
    #[track_caller]
    pub(super) fn call(&self, answer: &Value) -> (String, String, Value) {
        let find = |items: &Value, kind: &str| {
            let found = items.as_array().into_iter().flatten().find(|item| item["type"] == kind);
            found.unwrap_or_else(|| panic!("no {kind} in {answer}")).clone()
        };
        let parsed = |text: &Value| serde_json::from_str(text.as_str().unwrap()).unwrap();
        let string = |value: &Value| value.as_str().unwrap().to_owned();
        match self.name() {
            "anthropic" => {
                let call = find(&answer["content"], "tool_use");
                (string(&call["id"]), string(&call["name"]), call["input"].clone())
            }
            "openai-chat" => {
                let call = find(&answer["choices"][0]["message"]["tool_calls"], "function");
                let function = &call["function"];
                (string(&call["id"]), string(&function["name"]), parsed(&function["arguments"]))
            }
            _ => {
                let call = find(&answer["output"], "function_call");
                (string(&call["call_id"]), string(&call["name"]), parsed(&call["arguments"]))
            }
        }
    }

    /// The text that every realistic answer has.
    #[track_caller]
    pub(super) fn says_all(&self, stream: bool, body: &[u8]) {
        assert_eq!(self.text(&self.read(stream, body)), TEXT);
    }
}
