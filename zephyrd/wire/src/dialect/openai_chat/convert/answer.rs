//! Whole answers, read and written.
//!
//! Of several choices the first is read: nobody could have asked for more through another dialect. All thinking stands
//! before the text, all calls behind it: the dialect has no order among them.

use super::thinking::{self, Details};
use super::{calls, error, stop, text, usage};
use crate::form::{Answer, Block, Seal, Text};
use crate::translate::Wish;
use crate::whole::Unsound;
use crate::whole::json::{self, Members};

const NO_CHOICE: Unsound = Unsound("the completion has no choice");
const NO_MESSAGE: Unsound = Unsound("a choice has no message");
const NO_CALL: Unsound = Unsound("a tool call lacks its name or arguments");

/// See [`crate::translate::Convert::read_answer`].
pub(super) fn read(body: &str) -> Result<Answer<'_>, Unsound> {
    let top = Members::of(body)?;
    if error::read(body.as_bytes(), &top).is_some() {
        return Err(Unsound("the completion has an error"));
    }
    let choices = json::items(top.part("choices").ok_or(NO_CHOICE)?)?;
    let choice = Members::of(choices.first().ok_or(NO_CHOICE)?)?;
    let message = Members::of(choice.part("message").ok_or(NO_MESSAGE)?).map_err(|_| NO_MESSAGE)?;
    let id = text(&top, "id").unwrap_or_default();

    let mut blocks: Vec<Block<'_>> = thinking::read(&message).into_iter().map(Block::Thinking).collect();
    content(message.part("content").unwrap_or("null"), &mut blocks)?;
    let refusal = text(&message, "refusal").filter(|refusal| !refusal.is_empty());
    let refused = refusal.is_some();
    blocks.extend(refusal.map(Block::Refusal));
    let before = blocks.len();
    if let Some(list) = message.part("tool_calls").filter(|list| *list != "null") {
        for (n, raw) in json::items(list)?.into_iter().enumerate() {
            let (own, name, input) = calls::read(raw).ok_or(NO_CALL)?;
            let own = if own.is_empty() { Text::Owned(calls::made_up(&id, n)) } else { own };
            blocks.push(Block::Call { id: own, name, input });
        }
    }
    if let Some(raw) = message.part("function_call").filter(|raw| raw.starts_with('{')) {
        let (name, input) = calls::inner(raw, "arguments").ok_or(NO_CALL)?;
        blocks.push(Block::Call { id: Text::Owned(calls::made_up(&id, blocks.len() - before)), name, input });
    }
    let called = blocks.len() > before;

    let word = choice.name("finish_reason").ok_or(Unsound("a choice has not finished"))?;
    let stop =
        stop::stop(stop::read(&word), called, refused).ok_or(Unsound("the endpoint failed in the middle"))?;
    Ok(Answer {
        model: text(&top, "model").unwrap_or_default(),
        created: top.number("created").filter(|at| *at > 0).and_then(|at| i64::try_from(at).ok()),
        usage: usage::read(&top, Some(&choice)).unwrap_or_default(),
        id,
        blocks,
        stop,
    })
}

/// A content that is a text, or a list of parts (Mistral).
fn content<'a>(raw: &'a str, blocks: &mut Vec<Block<'a>>) -> Result<(), Unsound> {
    if raw == "null" {
        return Ok(());
    }
    if !raw.starts_with('[') {
        let text = json::word(raw).ok_or(Unsound("a message's content is neither text nor parts"))?;
        if !text.is_empty() {
            blocks.push(Block::Text(text));
        }
        return Ok(());
    }
    for raw in json::items(raw)? {
        let part = Members::of(raw)?;
        if let Some(text) = thinking::of_part(&part) {
            blocks.push(Block::Thinking(crate::form::Thinking { text: Text::Owned(text), seal: Seal::None }));
        } else if let Some(text) = text(&part, "text").filter(|text| !text.is_empty()) {
            blocks.push(Block::Text(text));
        }
    }
    Ok(())
}

/// See [`crate::translate::Convert::write_answer`].
pub(super) fn write(answer: &Answer<'_>, wish: &Wish) -> Vec<u8> {
    let mut out = b"{\"id\":".to_vec();
    json::quote(&mut out, &id(&answer.id, wish));
    out.extend_from_slice(b",\"object\":\"chat.completion\",\"created\":");
    out.extend_from_slice(answer.created.unwrap_or(wish.created).to_string().as_bytes());
    out.extend_from_slice(b",\"model\":");
    json::quote(&mut out, if answer.model.is_empty() { &wish.model } else { &answer.model });
    out.extend_from_slice(b",\"choices\":[{\"index\":0,\"message\":");
    let (called, refused) = message(answer, wish, &mut out);
    out.extend_from_slice(b",\"logprobs\":null,\"finish_reason\":");
    json::quote(&mut out, stop::word(&answer.stop, called, refused));
    out.extend_from_slice(b"}],\"usage\":");
    usage::push(&mut out, &answer.usage);
    out.push(b'}');
    out
}

/// Writes the message; whether it has calls and a refusal.
fn message(answer: &Answer<'_>, wish: &Wish, out: &mut Vec<u8>) -> (bool, bool) {
    let (mut said, mut refusal, mut thought) = (String::new(), String::new(), String::new());
    let (mut details, mut listed, mut called) = (Details::default(), Vec::new(), Vec::new());
    for block in &answer.blocks {
        match block {
            Block::Text(text) => said.push_str(text),
            Block::Refusal(text) => refusal.push_str(text),
            Block::Thinking(thinking) => {
                thought.push_str(&thinking.text);
                listed.extend(details.end(thinking.text.len(), &thinking.text, &thinking.seal));
            }
            Block::Call { id, name, input } => called.push(calls::written(id, name, input, wish)),
        }
    }
    out.extend_from_slice(b"{\"role\":\"assistant\",\"content\":");
    if said.is_empty() && !(called.is_empty() && refusal.is_empty()) {
        out.extend_from_slice(b"null");
    } else {
        json::quote(out, &said);
    }
    out.extend_from_slice(b",\"refusal\":");
    if refusal.is_empty() {
        out.extend_from_slice(b"null");
    } else {
        json::quote(out, &refusal);
    }
    if !thought.is_empty() {
        out.extend_from_slice(b",\"reasoning_content\":");
        json::quote(out, &thought);
    }
    for (key, list) in [("reasoning_details", &listed), ("tool_calls", &called)] {
        if !list.is_empty() {
            out.extend_from_slice(format!(",\"{key}\":[").as_bytes());
            out.extend_from_slice(&list.join(&b','));
            out.push(b']');
        }
    }
    out.push(b'}');
    (!called.is_empty(), !refusal.is_empty())
}

/// An id as the dialect's clients know them.
pub(super) fn id(told: &str, wish: &Wish) -> String {
    let own = if told.is_empty() { &wish.id } else { told };
    if own.starts_with("chatcmpl-") { own.to_owned() } else { format!("chatcmpl-{own}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Stop, Thinking};
    use crate::usage::Usage;

    fn read_message(message: &str, finish: &str) -> Result<Answer<'static>, Unsound> {
        let body = format!(
            r#"{{"id":"c1","created":5,"model":"m","choices":[{{"index":0,"message":{message},"finish_reason":"{finish}"}}],"usage":{{"prompt_tokens":9,"completion_tokens":2,"prompt_tokens_details":{{"cached_tokens":4}}}}}}"#
        );
        read(Box::leak(body.into_boxed_str()))
    }

    fn text(text: &'static str) -> Block<'static> {
        Block::Text(text.into())
    }

    fn call(id: &'static str, input: &'static str) -> Block<'static> {
        Block::Call { id: id.into(), name: "f".into(), input: input.into() }
    }

    fn thought(text: &'static str) -> Block<'static> {
        Block::Thinking(Thinking { text: text.into(), seal: Seal::None })
    }

    #[test]
    fn answers_are_read_as_servers_write_them() {
        for (message, finish, blocks, stop) in [
            (r#"{"role":"assistant","content":"a"}"#, "stop", vec![text("a")], Stop::End),
            (r#"{"content":[{"type":"text","text":"a"}]}"#, "length", vec![text("a")], Stop::Length),
            (
                r#"{"content":"a","reasoning_content":"hm","tool_calls":null}"#,
                "stop",
                vec![thought("hm"), text("a")],
                Stop::End,
            ),
            (
                r#"{"content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},{"function":{"name":"f","arguments":""}}]}"#,
                "stop",
                vec![call("1", r#"{"x":1}"#), call("call_c1_1", "{}")],
                Stop::Tools,
            ),
            (
                r#"{"content":"","function_call":{"name":"f","arguments":"{}"}}"#,
                "function_call",
                vec![call("call_c1_0", "{}")],
                Stop::Tools,
            ),
            (r#"{"content":null,"refusal":"no"}"#, "stop", vec![Block::Refusal("no".into())], Stop::Refusal),
        ] {
            let answer = read_message(message, finish).expect(message);
            assert_eq!((&answer.blocks, &answer.stop), (&blocks, &stop), "{message}");
            assert_eq!((&*answer.id, &*answer.model, answer.created), ("c1", "m", Some(5)));
            assert_eq!((answer.usage.input, answer.usage.cache_read, answer.usage.output), (5, 4, 2));
        }
    }

    #[test]
    fn what_is_no_whole_answer_is_unsound() {
        for (message, finish) in [
            (r#"{"content":"a"}"#, "error"),
            (r#"{"content":"a"}"#, ""),
            (r#"{"content":7}"#, "stop"),
            (r#"{"content":null,"tool_calls":[{"id":"1"}]}"#, "tool_calls"),
            ("null", "stop"),
        ] {
            assert!(read_message(message, finish).is_err(), "{message} {finish}");
        }
        for body in ["", "[]", "{}", r#"{"choices":[]}"#, r#"{"error":{"message":"m"},"choices":[{}]}"#] {
            assert!(read(body).is_err(), "{body}");
        }
    }

    #[test]
    fn answers_are_written_as_the_vendor_writes_them() {
        let wish = Wish { model: "asked".into(), id: "w1".into(), created: 7, ..Wish::default() };
        let answer = |blocks, stop| Answer {
            blocks,
            stop,
            usage: Usage { input: 5, cache_read: 4, output: 2, ..Usage::default() },
            ..Answer::default()
        };
        let value = |answer: &Answer<'_>| -> serde_json::Value {
            serde_json::from_slice(&write(answer, &wish)).expect("sound JSON")
        };
        let told = value(&answer(vec![text("a"), text("b")], Stop::End));
        assert_eq!((&told["id"], &told["object"]), (&"chatcmpl-w1".into(), &"chat.completion".into()));
        assert_eq!((&told["created"], &told["model"]), (&7.into(), &"asked".into()));
        assert_eq!(told["choices"][0]["message"]["content"], "ab");
        assert_eq!(told["choices"][0]["finish_reason"], "stop");
        assert_eq!(told["usage"]["prompt_tokens"], 9);
        let told = value(&answer(vec![thought("hm"), call("1", "{}")], Stop::End));
        let message = &told["choices"][0]["message"];
        assert!(message["content"].is_null() && message["refusal"].is_null());
        assert_eq!(
            (&message["reasoning_content"], &message["tool_calls"][0]["id"]),
            (&"hm".into(), &"1".into())
        );
        assert_eq!(told["choices"][0]["finish_reason"], "tool_calls");
        assert_eq!(value(&answer(vec![], Stop::End))["choices"][0]["message"]["content"], "");
        let told = value(&answer(vec![Block::Refusal("no".into())], Stop::Refusal));
        assert_eq!(told["choices"][0]["message"]["refusal"], "no");
    }

    #[test]
    fn what_is_written_is_a_sound_completion() {
        let answer = Answer { blocks: vec![text("a"), call("1", "{}")], ..Answer::default() };
        let whole = write(&answer, &Wish::default());
        assert_eq!(crate::whole::check(crate::dialect::OPENAI_CHAT, &whole), Ok(()));
    }
}
