//! Why an answer ended, in the dialect's words and in those of servers that follow it.

use crate::form::Stop;

/// What a `finish_reason` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    End,
    Tools,
    Length,
    Window,
    Refusal,
    /// The endpoint failed on the way; an Anthropic-style type.
    Failed(&'static str),
}

/// Reads a `finish_reason`.
pub(super) fn read(word: &str) -> Finish {
    match word {
        "tool_calls" | "function_call" | "tool_use" => Finish::Tools,
        "length" | "max_tokens" | "max_output_tokens" | "model_length" => Finish::Length,
        // GLM, and what Anthropic's models say through others.
        "model_context_window_exceeded" => Finish::Window,
        // GLM says `sensitive`, Gemini's models `safety` and more.
        "content_filter" | "refusal" | "sensitive" | "safety" | "recitation" | "prohibited_content" => {
            Finish::Refusal
        }
        // DeepSeek.
        "insufficient_system_resource" => Finish::Failed("overloaded_error"),
        // OpenRouter, GLM, vLLM and SGLang.
        "error" | "network_error" | "abort" => Finish::Failed("api_error"),
        _ => Finish::End,
    }
}

/// What it means beside what was really sent. `None` where it is no end of an answer.
///
/// Many servers say `stop` behind calls. What was cut stays cut, calls or not: their input may be half of one.
pub(super) fn stop(finish: Finish, calls: bool, refused: bool) -> Option<Stop<'static>> {
    Some(match finish {
        Finish::Failed(_) => return None,
        Finish::Length => Stop::Length,
        Finish::Window => Stop::Window,
        Finish::Refusal => Stop::Refusal,
        Finish::End | Finish::Tools if calls => Stop::Tools,
        Finish::End | Finish::Tools if refused => Stop::Refusal,
        Finish::End | Finish::Tools => Stop::End,
    })
}

/// The `finish_reason` for clients.
///
/// OpenAI ends an answer that holds a `refusal` with `stop`; `content_filter` is for what was cut by a filter.
pub(super) fn word(stop: &Stop<'_>, calls: bool, refused: bool) -> &'static str {
    match stop {
        Stop::Length | Stop::Window => "length",
        Stop::Refusal if !refused => "content_filter",
        _ if calls => "tool_calls",
        _ => "stop",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_follows_what_was_really_sent() {
        for (said, calls, refused, want) in [
            ("stop", false, false, Some(Stop::End)),
            ("stop", true, false, Some(Stop::Tools)),
            ("tool_calls", true, false, Some(Stop::Tools)),
            ("function_call", true, false, Some(Stop::Tools)),
            ("tool_calls", false, false, Some(Stop::End)),
            ("length", true, false, Some(Stop::Length)),
            ("stop", false, true, Some(Stop::Refusal)),
            ("content_filter", false, false, Some(Stop::Refusal)),
            ("eos", false, false, Some(Stop::End)),
            ("insufficient_system_resource", false, false, None),
            ("error", true, false, None),
        ] {
            assert_eq!(stop(read(said), calls, refused), want, "{said}");
        }
    }

    #[test]
    fn clients_are_told_calls_only_where_there_were_some() {
        for (end, calls, refused, want) in [
            (Stop::End, false, false, "stop"),
            (Stop::End, true, false, "tool_calls"),
            (Stop::Tools, false, false, "stop"),
            (Stop::Tools, true, false, "tool_calls"),
            (Stop::Length, true, false, "length"),
            (Stop::Window, false, false, "length"),
            (Stop::Sequence(None), false, false, "stop"),
            (Stop::Pause, false, false, "stop"),
            (Stop::Refusal, false, true, "stop"),
            (Stop::Refusal, false, false, "content_filter"),
        ] {
            assert_eq!(word(&end, calls, refused), want, "{end:?}");
        }
    }
}
