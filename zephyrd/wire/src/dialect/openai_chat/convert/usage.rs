//! Usage, in the convention of both OpenAI dialects: input counts include what caches had a part in.

use crate::dialect::openai_chat::usage;
use crate::usage::{Draft, Usage};
use crate::whole::json::Members;

/// Reads the usage of a chunk or of a whole answer; `choice` is its first, where Moonshot tells it.
pub(super) fn read(top: &Members<'_>, choice: Option<&Members<'_>>) -> Option<Usage> {
    let raw = |members: &Members<'_>| members.get("usage").filter(|u| u.starts_with('{')).map(str::to_owned);
    // Groq tells it in an object of its own.
    let groq = || raw(&top.object("x_groq").ok()?);
    let told = raw(top).or_else(|| raw(choice?)).or_else(groq)?;
    let mut draft = Draft::default();
    if let Some(tier) = top.given("service_tier") {
        draft.tier(tier.as_bytes());
    }
    usage::usage(told.as_bytes(), &mut draft);
    draft.reading().usage
}

/// Appends the usage object for a client.
pub(super) fn push(out: &mut Vec<u8>, usage: &Usage) {
    let written = usage.cache_write_5m.saturating_add(usage.cache_write_1h);
    let prompt = usage.input.saturating_add(usage.cache_read).saturating_add(written);
    let total = prompt.saturating_add(usage.output);
    let mut text = format!(
        "{{\"prompt_tokens\":{prompt},\"completion_tokens\":{},\"total_tokens\":{total},\"prompt_tokens_details\":\
         {{\"cached_tokens\":{}",
        usage.output, usage.cache_read
    );
    if written > 0 {
        text.push_str(&format!(",\"cache_write_tokens\":{written}"));
    }
    text.push_str(&format!(
        "}},\"completion_tokens_details\":{{\"reasoning_tokens\":{}}}}}",
        usage.reasoning
    ));
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_from(text: &str) -> Option<Usage> {
        let top = Members::of(text).expect("an object");
        let choices = top.array("choices").expect("a list");
        let choice = choices.first().map(|choice| Members::of(choice).expect("an object"));
        read(&top, choice.as_ref())
    }

    #[test]
    fn usage_is_found_wherever_servers_tell_it() {
        for text in [
            r#"{"usage":{"prompt_tokens":9,"completion_tokens":2}}"#,
            r#"{"usage":null,"choices":[{"usage":{"prompt_tokens":9,"completion_tokens":2}}]}"#,
            r#"{"x_groq":{"usage":{"prompt_tokens":9,"completion_tokens":2}}}"#,
        ] {
            let usage = read_from(text).expect(text);
            assert_eq!((usage.input, usage.output), (9, 2), "{text}");
        }
        assert_eq!(read_from(r#"{"usage":null}"#), None);
    }

    #[test]
    fn what_is_written_reads_back() {
        let usage = Usage {
            input: 5,
            output: 20,
            cache_write_5m: 3,
            cache_read: 100,
            reasoning: 7,
            ..Usage::default()
        };
        let mut out = b"{\"usage\":".to_vec();
        push(&mut out, &usage);
        out.push(b'}');
        let text = String::from_utf8(out).expect("text");
        assert!(text.contains("\"prompt_tokens\":108") && text.contains("\"total_tokens\":128"), "{text}");
        assert_eq!(read_from(&text), Some(usage));
    }
}
