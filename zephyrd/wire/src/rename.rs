//! Another model's name in a request, and every other byte as it was.

use crate::peek::members;

/// `body` with `to` as its model; `None` where it names none as a string. Of repeated keys the last one counts, as in
/// [`crate::peek::peek`].
#[must_use]
pub fn rename(body: &[u8], to: &str) -> Option<Vec<u8>> {
    let mut found: Option<&[u8]> = None;
    // What is unsound behind the model is the endpoint's to refuse.
    let _ = members(body, |key, value| {
        if key == b"model" {
            found = Some(value);
        }
    });
    let value = found.filter(|value| value.starts_with(b"\""))?;
    let start = value.as_ptr().addr() - body.as_ptr().addr();
    let name = serde_json::to_string(to).ok()?;
    Some([&body[..start], name.as_bytes(), &body[start + value.len()..]].concat())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::peek::peek;

    fn renamed(body: &str, to: &str) -> Option<String> {
        rename(body.as_bytes(), to).map(|body| String::from_utf8(body).unwrap())
    }

    #[test]
    fn only_the_bytes_of_the_models_value_change() {
        let body = r#" { "messages":[{"model":"no"}], "model" : "claude-opus-5" ,"x":"model", "n":1.50}"#;
        let want = r#" { "messages":[{"model":"no"}], "model" : "gpt-5" ,"x":"model", "n":1.50}"#;
        assert_eq!(renamed(body, "gpt-5").as_deref(), Some(want));
        assert_eq!(renamed(r#"{"model":"a"}"#, "b\"\\\n").as_deref(), Some(r#"{"model":"b\"\\\n"}"#));
    }

    #[test]
    fn of_repeated_keys_the_last_counts() {
        let body = r#"{"model":"a","model":"b"}"#;
        assert_eq!(peek(body.as_bytes()).model.as_deref(), Some("b"));
        assert_eq!(renamed(body, "c").as_deref(), Some(r#"{"model":"a","model":"c"}"#));
    }

    #[test]
    fn a_body_that_names_no_model_has_none_to_rename() {
        for body in ["", "{}", "[]", r#"{"model":null}"#, r#"{"model":"a"#, r#"{"x":{"model":"a"}}"#] {
            assert_eq!(renamed(body, "b"), None, "{body}");
        }
    }

    proptest! {
        #[test]
        fn what_is_renamed_is_asked_for(from in "\\PC*", to in "\\PC*", noise in "\\PC*") {
            let body = serde_json::json!({"a": noise, "model": from, "z": {"model": noise}}).to_string();
            let renamed = rename(body.as_bytes(), &to).unwrap();
            let wish = peek(&renamed);
            prop_assert_eq!(wish.model.as_deref(), Some(to.as_str()));
            prop_assert_eq!(rename(&renamed, &from).unwrap(), body.as_bytes());
        }

        #[test]
        fn arbitrary_bytes_never_panic(body: Vec<u8>) {
            let _ = rename(&body, "m");
        }
    }
}
