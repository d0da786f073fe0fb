//! A client's request on its way to an endpoint of another dialect.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::answer::Reply;
use super::names::Names;
use super::{Convert, Wish};
use crate::dialect::Dialect;
use crate::form::{Loss, Refused, Request, Tool};
use crate::quirks::{Forms, Quirks};
use crate::tap::Form;

/// Whom a request is written for, and what its answer may need.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The model that the endpoint is asked for; `None` = the one that the client names.
    pub model: Option<&'a str>,
    /// In what the endpoint differs from its dialect.
    pub quirks: &'a Quirks,
    /// An id for the answer where the endpoint gives none: ASCII letters and digits, unique to the request.
    pub id: &'a str,
    /// Now, in seconds since 1970: for answers that do not say when they were made.
    pub created: i64,
}

/// A request as an endpoint gets it.
#[derive(Debug, Clone)]
pub struct Translated {
    /// The body: JSON.
    pub body: Vec<u8>,
    /// Whether it asks for a stream.
    pub stream: bool,
    /// What was left out, for the trace.
    pub losses: Vec<Loss>,
    /// Makes the client's answer of the endpoint's.
    pub reply: Reply,
}

/// The request `body` of the dialect `client`, written for an `endpoint` of another.
///
/// The body is plain (decoded). It asks for the form that the client wants, where the endpoint has it.
///
/// # Errors
/// The endpoint's dialect cannot be asked for this, or the body is no request. Whoever asks gets a 400 with these words.
pub fn request(
    client: &'static dyn Dialect,
    endpoint: &'static dyn Dialect,
    body: &[u8],
    target: &Target<'_>,
) -> Result<Translated, Refused> {
    let body = sound(body)?;
    let (reader, writer) = (client.convert(), endpoint.convert());
    let mut request = reader.read_request(body)?;
    let form = if request.stream { Form::Stream } else { Form::Whole };
    let wish = wish(&request, reader, body, target);
    if let Some(model) = target.model {
        request.model = Cow::Borrowed(model);
    }
    request.stream = match target.quirks.forms {
        Forms::Both => request.stream,
        Forms::Streams => true,
        Forms::Wholes => false,
    };
    let mut losses = Vec::new();
    let quirks = target.quirks.for_model(&request.model);
    let names = Names::fit(&mut request, &quirks);
    let body = writer.write_request(&request, &quirks, &mut losses)?;
    let reply = Reply::new(client, endpoint, form, wish, names);
    Ok(Translated { body, stream: request.stream, losses, reply })
}

/// The body as text, if it is one JSON object.
pub(crate) fn sound(body: &[u8]) -> Result<&str, Refused> {
    let text = std::str::from_utf8(body)
        .map_err(|e| Refused(format!("the request's body is not UTF-8 (from byte {})", e.valid_up_to())))?;
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) if text.trim_start().starts_with('{') => Ok(text),
        Ok(_) => Err(Refused("the request's body is no JSON object".to_owned())),
        Err(e) => Err(Refused(format!(
            "the request's body is not valid JSON (line {}, column {})",
            e.line(),
            e.column()
        ))),
    }
}

fn wish(request: &Request<'_>, reader: &dyn Convert, body: &str, target: &Target<'_>) -> Wish {
    let free = |tool: &Tool<'_>| match tool {
        Tool::Free { name, .. } => Some(name.clone().into_owned()),
        _ => None,
    };
    Wish {
        model: request.model.clone().into_owned(),
        id: target.id.to_owned(),
        created: target.created,
        stream_usage: request.stream_usage,
        sealed: request.reasoning.sealed,
        free: request.tools.iter().filter_map(free).collect::<BTreeSet<String>>(),
        echo: reader.echo(body),
    }
}
