//! Why an answer ended, in the API's words (`StopReason` of the vendor's SDK).

use crate::form::{Stop, Text};

/// Reads `stop_reason` and `stop_sequence`. `calls` tells whether a tool was really called: servers say `end_turn` then
/// too, or `tool_use` without.
pub(super) fn read<'a>(reason: &str, sequence: Option<Text<'a>>, calls: bool) -> Stop<'a> {
    match reason {
        "max_tokens" => Stop::Length,
        "model_context_window_exceeded" => Stop::Window,
        "refusal" => Stop::Refusal,
        "pause_turn" => Stop::Pause,
        _ if calls => Stop::Tools,
        "stop_sequence" => Stop::Sequence(sequence),
        _ => Stop::End,
    }
}

/// What was really sent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sent {
    /// A call of a tool.
    pub call: bool,
    /// A refusal.
    pub refusal: bool,
}

/// The words for `stop`: `stop_reason`, and `stop_sequence` where it has one. A call that the limit has cut is not to be
/// run, so the limit counts more than the call.
pub(super) fn write<'s>(stop: &'s Stop<'_>, sent: Sent) -> (&'static str, Option<&'s str>) {
    match stop {
        Stop::Length => ("max_tokens", None),
        Stop::Window => ("model_context_window_exceeded", None),
        Stop::Refusal => ("refusal", None),
        Stop::Pause => ("pause_turn", None),
        _ if sent.call => ("tool_use", None),
        _ if sent.refusal => ("refusal", None),
        Stop::Sequence(sequence) => ("stop_sequence", sequence.as_deref()),
        Stop::End | Stop::Tools => ("end_turn", None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_comes_back_as_it_was() {
        for reason in [
            "end_turn",
            "max_tokens",
            "stop_sequence",
            "tool_use",
            "pause_turn",
            "refusal",
            "model_context_window_exceeded",
        ] {
            let sent = Sent { call: reason == "tool_use", refusal: false };
            assert_eq!(write(&read(reason, None, sent.call), sent).0, reason);
        }
        assert_eq!(read("of tomorrow", None, false), Stop::End);
        let stop = read("stop_sequence", Some("END".into()), false);
        assert_eq!(write(&stop, Sent::default()), ("stop_sequence", Some("END")));
    }

    #[test]
    fn the_reason_follows_what_was_really_sent() {
        let call = Sent { call: true, refusal: false };
        assert_eq!(write(&Stop::End, call).0, "tool_use");
        assert_eq!(write(&Stop::Sequence(None), call).0, "tool_use");
        assert_eq!(write(&Stop::Tools, Sent::default()).0, "end_turn");
        assert_eq!(write(&Stop::Length, call).0, "max_tokens");
        assert_eq!(write(&Stop::End, Sent { call: false, refusal: true }).0, "refusal");
        assert_eq!(read("end_turn", None, true), Stop::Tools);
        assert_eq!(read("tool_use", None, false), Stop::End);
    }
}
