//! The conversion is tested through its one door, by what goes in and what comes out.

mod decode;
mod encode;
mod laws;
mod read;
mod whole;
mod write;

use serde_json::Value;

use crate::form::{Event, Loss, Refused, Request};
use crate::quirks::Quirks;
use crate::translate::{Convert as _, Wish};

use super::Convert;

/// A request with these members beside `model` and `input`.
fn body(input: &str, members: &str) -> String {
    let comma = if members.is_empty() { "" } else { "," };
    format!(r#"{{"model":"m","input":{input}{comma}{members}}}"#)
}

fn read(body: &str) -> Request<'_> {
    Convert.read_request(body).expect("it is read")
}

fn refused(body: &str) -> String {
    let Refused(why) = Convert.read_request(body).expect_err("it is refused");
    why
}

fn write(request: &Request<'_>) -> (Value, Vec<&'static str>) {
    write_for(request, &quirks())
}

fn quirks() -> Quirks {
    Quirks { media_in_results: true, ..Quirks::default() }
}

fn write_for(request: &Request<'_>, quirks: &Quirks) -> (Value, Vec<&'static str>) {
    let mut losses = Vec::new();
    let body = Convert.write_request(request, quirks, &mut losses).expect("it is written");
    let losses = losses.into_iter().map(|Loss { what }| what).collect();
    (serde_json::from_slice(&body).expect("JSON"), losses)
}

/// What the events of a stream mean; each is `data` with its `type`.
fn decode(events: &[&str]) -> Vec<Event<'static>> {
    let mut decoder = Convert.decoder();
    let mut out = Vec::new();
    for data in events {
        decoder
            .event(b"", data.as_bytes(), &mut |event| out.push(event.into_owned()))
            .expect("it is understood");
    }
    out
}

/// The events of a stream: name and data.
fn encode(events: &[Event<'_>], wish: &Wish) -> Vec<(String, Value)> {
    let mut encoder = Convert.encoder(wish);
    let mut out = Vec::new();
    for event in events {
        encoder.event(event, &mut out);
    }
    let mut read = Vec::new();
    crate::whole::sse::events(&out, |name, data| {
        let name = String::from_utf8(name.to_vec()).expect("a name");
        read.push((name, serde_json::from_slice(data).expect("JSON")));
    });
    read
}

fn wish() -> Wish {
    Wish { model: "asked".into(), id: "z1".into(), created: 7, ..Wish::default() }
}
