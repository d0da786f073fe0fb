//! Which conversation a request belongs to where it names none: what all requests of one have in common is their
//! beginning, which is system, tools, and everything up to the first message of the user.
//!
//! `cache_control` is left out, for clients put it on the newest messages and so take it off the older ones; and so is
//! the first block of a Messages request's `system` where it is Claude Code's billing block, which changes (measured).
//! Two conversations that begin alike are one here, which does them no harm: their cache is one as well. No more than
//! the skipping parser reads is read.

use std::hash::Hasher;

use crate::peek::{items, members};

const BILLING: &[u8] = b"\"x-anthropic-billing-header";

/// How far a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nobody has answered in it yet: as far as anyone can know, it begins.
    First,
    /// It goes on from an answer.
    Later,
}

/// Feeds `hasher` with the beginning of the conversation in a request's body; `None` where it has none.
pub fn begins(body: &[u8], hasher: &mut impl Hasher) -> Option<Turn> {
    let mut turns = None;
    members(body, |key, value| match key {
        b"messages" | b"input" => turns = Some(value),
        b"system" => system(value, hasher),
        b"instructions" | b"tools" => feed(hasher, key, value),
        _ => {}
    });
    first_turns(turns?, hasher)
}

fn system(value: &[u8], hasher: &mut impl Hasher) {
    let mut at = 0;
    let blocks = items(value, |block| {
        let billing = at == 0 && text_of(block).is_some_and(|text| text.starts_with(BILLING));
        at += 1;
        if !billing {
            plain(block, hasher);
        }
    });
    if blocks.is_none() {
        feed(hasher, b"system", value);
    }
}

/// Everything up to the first message of the user, that included.
fn first_turns(turns: &[u8], hasher: &mut impl Hasher) -> Option<Turn> {
    if turns.starts_with(b"\"") {
        feed(hasher, b"input", turns);
        return Some(Turn::First);
    }
    let (mut found, mut goes_on) = (false, false);
    items(turns, |turn| {
        if found {
            goes_on = goes_on || is_answer(turn);
            return;
        }
        members(turn, |key, value| match key {
            b"role" => {
                found = value == b"\"user\"";
                feed(hasher, key, value);
            }
            b"content" => content(value, hasher),
            _ => {}
        });
    });
    found.then_some(if goes_on { Turn::Later } else { Turn::First })
}

/// A turn of the assistant; in Responses also a call or reasoning, which have no role.
fn is_answer(turn: &[u8]) -> bool {
    let mut answer = true;
    members(turn, |key, value| {
        if key == b"role" {
            answer = value == b"\"assistant\"";
        }
    });
    answer
}

fn content(value: &[u8], hasher: &mut impl Hasher) {
    if items(value, |block| plain(block, hasher)).is_none() {
        feed(hasher, b"content", value);
    }
}

/// A block without its `cache_control`.
fn plain(block: &[u8], hasher: &mut impl Hasher) {
    let object = members(block, |key, value| {
        if key != b"cache_control" {
            feed(hasher, key, value);
        }
    });
    if object.is_none() {
        feed(hasher, b"", block);
    }
}

fn text_of(block: &[u8]) -> Option<&[u8]> {
    let mut text = None;
    members(block, |key, value| {
        if key == b"text" {
            text = Some(value);
        }
    });
    text
}

/// Lengths go before the bytes, so that none runs into its neighbour.
fn feed(hasher: &mut impl Hasher, key: &[u8], value: &[u8]) {
    for part in [key, value] {
        hasher.write_usize(part.len());
        hasher.write(part);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::DefaultHasher;

    use super::*;

    fn key(body: &str) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        begins(body.as_bytes(), &mut hasher).map(|_| hasher.finish())
    }

    fn messages(system: &str, turns: &str) -> String {
        format!(r#"{{"model":"m","system":{system},"tools":[{{"name":"t"}}],"messages":[{turns}]}}"#)
    }

    const HI: &str =
        r#"{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]}"#;

    #[test]
    fn all_turns_of_a_conversation_are_one() {
        let first = messages(r#"[{"type":"text","text":"be kind"}]"#, HI);
        let marked = r#"[{"type":"text","text":"be kind","cache_control":{"type":"ephemeral"}}]"#;
        let plain = HI.replace(r#","cache_control":{"type":"ephemeral"}"#, "");
        let more = r#"{"role":"assistant","content":"yes?"},{"role":"user","content":"more"}"#;
        let later = messages(marked, &format!("{plain},{more}"));
        assert_eq!(key(&first), key(&later));
        assert!(key(&first).is_some());
    }

    #[test]
    fn the_billing_block_says_nothing_and_any_other_does() {
        let with = |first: &str| messages(&format!(r#"[{first}{{"type":"text","text":"be kind"}}]"#), HI);
        let billing = r#"{"type":"text","text":"x-anthropic-billing-header: cc_version=2.1.329.3c4;"},"#;
        let other = billing.replace("3c4", "e8c");
        assert_eq!(key(&with(billing)), key(&with(&other)));
        assert_eq!(key(&with(billing)), key(&with("")));
        assert_ne!(key(&with("")), key(&with(r#"{"type":"text","text":"be brief"},"#)));
        // Only in the first place.
        let swapped =
            |b: &str| messages(&format!(r#"[{{"type":"text","text":"k"}},{}]"#, b.trim_end_matches(',')), HI);
        assert_ne!(key(&swapped(billing)), key(&swapped(&other)));
    }

    #[test]
    fn another_beginning_is_another_conversation() {
        let base = messages(r#""be kind""#, HI);
        for (from, to) in
            [("be kind", "be brief"), (r#""hi""#, r#""ho""#), (r#"{"name":"t"}"#, r#"{"name":"u"}"#)]
        {
            assert_ne!(key(&base), key(&base.replace(from, to)), "{to}");
        }
    }

    #[test]
    fn chat_and_responses_have_beginnings_too() {
        let chat = |system: &str, more: &str| {
            format!(
                r#"{{"messages":[{{"role":"system","content":"{system}"}},{{"role":"user","content":"hi"}}{more}]}}"#
            )
        };
        let more = r#",{"role":"assistant","content":"yes?"},{"role":"user","content":"more"}"#;
        assert_eq!(key(&chat("a", "")), key(&chat("a", more)));
        assert_ne!(key(&chat("a", "")), key(&chat("b", "")));
        let responses = |instructions: &str, more: &str| {
            let user = r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}"#;
            format!(r#"{{"instructions":"{instructions}","input":[{user}{more}]}}"#)
        };
        assert_eq!(key(&responses("a", "")), key(&responses("a", r#",{"type":"reasoning"}"#)));
        assert_ne!(key(&responses("a", "")), key(&responses("b", "")));
        assert_ne!(key(r#"{"input":"hi"}"#), key(r#"{"input":"ho"}"#));
    }

    #[test]
    fn a_conversation_goes_on_once_somebody_has_answered() {
        let turn = |body: &str| begins(body.as_bytes(), &mut DefaultHasher::new());
        let reminder = r#"{"role":"system","content":"a reminder"}"#;
        let user = r#"{"role":"user","content":"more"}"#;
        assert_eq!(turn(&messages("[]", &format!("{HI},{reminder},{user}"))), Some(Turn::First));
        let answer = r#"{"role":"assistant","content":"yes?"}"#;
        assert_eq!(turn(&messages("[]", &format!("{HI},{answer},{user}"))), Some(Turn::Later));
        let call = r#"{"type":"function_call","call_id":"c"}"#;
        assert_eq!(turn(&format!(r#"{{"input":[{user},{call}]}}"#)), Some(Turn::Later));
        assert_eq!(turn(r#"{"input":"hi"}"#), Some(Turn::First));
    }

    #[test]
    fn what_nobody_has_begun_is_no_conversation() {
        for body in
            ["", "{}", r#"{"messages":[]}"#, r#"{"messages":null}"#, r#"{"messages":[{"role":"assistant"}]}"#]
        {
            assert_eq!(key(body), None, "{body}");
        }
    }
}
