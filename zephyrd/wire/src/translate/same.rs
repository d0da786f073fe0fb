//! Requests to endpoints that speak the client's dialect but answer in one form alone.

use super::Wish;
use super::answer::Reply;
use super::names::Names;
use super::request::{Target, Translated};
use crate::dialect::{Dialect, OPENAI_CHAT};
use crate::edit;
use crate::peek::peek;
use crate::quirks::Forms;
use crate::tap::Form;

/// What tells a Chat Completions stream to bring usage, which a whole answer always has.
const STREAM_OPTIONS: &str = "stream_options";

/// The request `body` for an endpoint of its own dialect that does not answer in the form that the client wants; `None`
/// where it does, which is nearly always. Every byte that does not ask for the form is kept. The model is not changed:
/// that is for whoever sends.
#[must_use]
pub fn in_form(dialect: &'static dyn Dialect, body: &[u8], target: &Target<'_>) -> Option<Translated> {
    let stream = match target.quirks.forms {
        Forms::Both => return None,
        Forms::Streams => true,
        Forms::Wholes => false,
    };
    let asked = peek(body);
    if asked.stream == stream {
        return None;
    }
    let is_chat = dialect.name() == OPENAI_CHAT.name();
    let options = edit::member(body, STREAM_OPTIONS);
    let stream_usage = options.and_then(|options| edit::member(options, "include_usage")) == Some(b"true");
    let mut out = edit::with(body, "stream", if stream { "true" } else { "false" })?;
    if is_chat && !stream && options.is_some() {
        out = edit::without(&out, |name| name == STREAM_OPTIONS)?;
    } else if is_chat && stream && target.quirks.stream_options {
        out = edit::with(&out, STREAM_OPTIONS, r#"{"include_usage":true}"#)?;
    }
    let wish = Wish {
        model: asked.model.unwrap_or_default().into_owned(),
        id: target.id.to_owned(),
        created: target.created,
        stream_usage,
        ..Wish::default()
    };
    let form = if asked.stream { Form::Stream } else { Form::Whole };
    let reply = Reply::new(dialect, dialect, form, wish, Names::default());
    Some(Translated { body: out, stream, losses: Vec::new(), reply })
}
