//! Errors that an endpoint tells inside a stream or instead of an answer, with Anthropic-style types.

use crate::whole::json::Members;

/// Type and message of an error in a chunk, if it is one: `{"error": …}`, or the error itself (vLLM of old).
pub(super) fn read(data: &[u8], chunk: &Members<'_>) -> Option<(String, String)> {
    let plain = chunk.word("object").as_deref() == Some("error");
    if chunk.given("error").is_none() && !plain {
        return None;
    }
    let (kind, message) = crate::dialect::read_error(data).unwrap_or_default();
    let code = chunk.object("error").ok().and_then(|error| error.get("code").map(str::to_owned));
    let code = code.or_else(|| chunk.get("code").map(str::to_owned)).unwrap_or_default();
    Some((kind_of(&kind, code.trim_matches('"')).to_owned(), message))
}

/// The Anthropic-style type for what the vendor calls `kind`, and for a `code` that is a status (OpenRouter) or a word.
fn kind_of(kind: &str, code: &str) -> &'static str {
    let by_word = |word: &str| match word {
        "invalid_request_error" | "BadRequestError" | "context_length_exceeded" => {
            Some("invalid_request_error")
        }
        "authentication_error" | "invalid_api_key" => Some("authentication_error"),
        "permission_error" | "permission_denied" => Some("permission_error"),
        "not_found_error" | "model_not_found" => Some("not_found_error"),
        "billing_error" | "insufficient_quota" => Some("billing_error"),
        "rate_limit_error" | "rate_limit_exceeded" | "tokens" | "requests" => Some("rate_limit_error"),
        "overloaded_error" | "overloaded" | "engine_overloaded" | "engine_overloaded_error" => {
            Some("overloaded_error")
        }
        "timeout" | "timeout_error" => Some("timeout_error"),
        "request_too_large" => Some("request_too_large"),
        _ => None,
    };
    let by_status = match code {
        "400" | "422" => Some("invalid_request_error"),
        "401" => Some("authentication_error"),
        "402" => Some("billing_error"),
        "403" => Some("permission_error"),
        "404" => Some("not_found_error"),
        "408" | "504" => Some("timeout_error"),
        "413" => Some("request_too_large"),
        "429" => Some("rate_limit_error"),
        "503" | "529" => Some("overloaded_error"),
        _ => None,
    };
    // A code is more particular than the type beside it.
    by_word(code).or(by_status).or_else(|| by_word(kind)).unwrap_or("api_error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_in_chunks_get_the_type_that_they_mean() {
        for (data, kind, message) in [
            (r#"{"error":{"message":"m","type":"server_error"}}"#, "api_error", "m"),
            (r#"{"error":{"message":"m","code":429}}"#, "rate_limit_error", "m"),
            (r#"{"id":"x","error":{"message":"m","code":"502"},"choices":[]}"#, "api_error", "m"),
            (
                r#"{"error":{"message":"m","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
                "invalid_request_error",
                "m",
            ),
            (
                r#"{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                "billing_error",
                "m",
            ),
            (
                r#"{"object":"error","message":"m","type":"BadRequestError","code":400}"#,
                "invalid_request_error",
                "m",
            ),
            (r#"{"error":"plain"}"#, "api_error", "plain"),
        ] {
            let chunk = Members::of(data).expect("an object");
            assert_eq!(read(data.as_bytes(), &chunk), Some((kind.to_owned(), message.to_owned())), "{data}");
        }
    }

    #[test]
    fn a_chunk_is_no_error() {
        for data in [r#"{"choices":[]}"#, r#"{"error":null,"object":"chat.completion.chunk"}"#] {
            assert_eq!(read(data.as_bytes(), &Members::of(data).expect("an object")), None, "{data}");
        }
    }
}
