//! Usage as the API writes it: `Usage` and `MessageDeltaUsage` of the vendor's SDK.

use std::io::Write as _;

use crate::usage::{Tier, Usage};

/// Appends the object, with what is told only once at its end where `whole`.
pub(super) fn write(usage: &Usage, whole: bool, out: &mut Vec<u8>) {
    let Usage { input, output, cache_read, cache_write_5m: short, cache_write_1h: long, .. } = *usage;
    let written = short.saturating_add(long);
    // Writing to a vector does not fail.
    let _ = write!(
        out,
        r#"{{"input_tokens":{input},"cache_creation_input_tokens":{written},"cache_read_input_tokens":{cache_read},"#
    );
    if whole {
        let _ = write!(
            out,
            r#""cache_creation":{{"ephemeral_5m_input_tokens":{short},"ephemeral_1h_input_tokens":{long}}},"#
        );
    }
    let _ = write!(out, r#""output_tokens":{output}"#);
    if usage.reasoning > 0 {
        let _ = write!(out, r#","output_tokens_details":{{"thinking_tokens":{}}}"#, usage.reasoning);
    }
    if usage.web_searches > 0 || usage.web_fetches > 0 {
        let (searches, fetches) = (usage.web_searches, usage.web_fetches);
        let _ = write!(
            out,
            r#","server_tool_use":{{"web_search_requests":{searches},"web_fetch_requests":{fetches}}}"#
        );
    }
    if whole {
        let tier = match usage.tier {
            Tier::Batch => "batch",
            Tier::Priority => "priority",
            Tier::Standard | Tier::Flex => "standard",
        };
        let _ = write!(out, r#","service_tier":"{tier}""#);
    }
    out.push(b'}');
}
