//! About how many tokens the input of a request has, for when nobody can be asked.
//!
//! Texts are counted with o200k, the vocabulary of OpenAI's models, which is public; what other families make of the
//! same text is a factor ([`Family`]). Estimates err high: a client that believes that it has less room than it has
//! compacts early, one that believes the opposite is refused. Time is bounded ([`text`]); the first estimate of a
//! process takes 0.1 s more, and 24 MB that stay, for the vocabulary.

mod document;
mod family;
mod picture;
mod text;

use crate::dialect::Dialect;
use crate::edit;
use crate::form::{Choice, Format, Media, Part, Refused, Request, Role, Source, Tool, Turn};
use crate::translate::sound;

pub use family::Family;
use text::Meter;

/// About how many tokens `body`, a request of `dialect`, has as input for `model`. What no other dialect has a word for is
/// counted by the text that it is written in.
///
/// # Errors
/// The body is no JSON object.
pub fn of_body(dialect: &dyn Dialect, body: &[u8], model: &str) -> Result<u64, Refused> {
    let text = sound(body)?;
    let family = Family::of(model);
    let read = dialect.convert().read_request(text).ok();
    Ok(match read {
        Some(request) => input_tokens(&request, family),
        None => roughly(text, family),
    })
}

/// As [`input_tokens`], of a request as it is written: names of members and quotes count too, what looks like a file does
/// not.
fn roughly(text: &str, family: &Family) -> u64 {
    let mut meter = Meter::default();
    meter.add(text);
    let tools = edit::member(text.as_bytes(), "tools").is_some_and(|tools| tools != b"[]");
    family.scaled(meter.readable()) + family.request + if tools { family.tools } else { 0 }
}

/// About how many tokens `request` has as input for a model of `family`.
#[must_use]
pub fn input_tokens(request: &Request<'_>, family: &Family) -> u64 {
    let mut estimate = Estimate { family, meter: Meter::default(), beside: family.request };
    let running = begins_running_turn(&request.turns);
    for (at, turn) in request.turns.iter().enumerate() {
        estimate.turn(turn, at >= running);
    }
    if !request.tools.is_empty() {
        let forced = matches!(request.choice, Some(Choice::Any | Choice::Tool(_)));
        estimate.beside += if forced { family.tools_forced } else { family.tools };
    }
    for tool in &request.tools {
        estimate.tool(tool);
    }
    if let Some(Format::Schema { schema, .. }) = &request.format {
        estimate.meter.add(schema);
    }
    family.scaled(estimate.meter.tokens()) + estimate.beside
}

/// Where the turn of the model that still runs begins: behind the last thing that a person said. Thinking before that is
/// neither shown to the model again nor counted (Anthropic's and OpenAI's rule).
fn begins_running_turn(turns: &[Turn<'_>]) -> usize {
    let said = |turn: &Turn<'_>| {
        turn.role == Role::User && !turn.parts.iter().any(|part| matches!(part, Part::Result(_)))
    };
    turns.iter().rposition(said).unwrap_or(0)
}

struct Estimate<'f> {
    family: &'f Family,
    /// What the family's factor is applied to.
    meter: Meter,
    /// What is counted in the family's own tokens.
    beside: u64,
}

impl Estimate<'_> {
    fn turn(&mut self, turn: &Turn<'_>, runs: bool) {
        self.beside += self.family.turn;
        if let Some(name) = &turn.name {
            self.meter.add(name);
        }
        turn.parts.iter().for_each(|part| self.part(part, runs));
    }

    fn part(&mut self, part: &Part<'_>, runs: bool) {
        match part {
            Part::Text { text, .. } | Part::Refusal(text) => self.meter.add(text),
            Part::Media(media) => self.medium(media),
            Part::Call { name, input, .. } => {
                self.beside += self.family.call;
                self.meter.add(name);
                self.meter.add(input);
            }
            Part::Result(result) => {
                self.beside += self.family.call;
                result.parts.iter().for_each(|part| self.part(part, runs));
            }
            Part::Thinking(thinking) if runs => {
                if thinking.text.is_empty() {
                    // Sealed alone: about as long as what it hides, in base64.
                    self.beside += thinking.seal.wrapped().len() as u64 / 4;
                } else {
                    self.meter.add(&thinking.text);
                }
            }
            Part::Thinking(_) => {}
        }
    }

    fn medium(&mut self, media: &Media<'_>) {
        if let Some(title) = &media.title {
            self.meter.add(title);
        }
        let kind = media.kind.as_ref();
        match &media.source {
            Source::Plain(text) => self.meter.add(text),
            _ if kind.starts_with("image/") => {
                let low = media.detail.as_deref() == Some("low");
                self.beside += picture::tokens(&media.source, low, self.family.picture);
            }
            Source::Base64(data) if kind.starts_with("text/") => document::text(data, &mut self.meter),
            Source::Base64(data) if kind.starts_with("audio/") => self.beside += document::sound(data),
            source => self.beside += document::pages(source) * self.family.page,
        }
    }

    fn tool(&mut self, tool: &Tool<'_>) {
        self.beside += self.family.tool;
        match tool {
            Tool::Function { name, description, schema, .. } => {
                self.meter.add(name);
                self.meter.add(description.as_deref().unwrap_or_default());
                self.meter.add(schema);
            }
            Tool::Free { name, description } => {
                self.meter.add(name);
                self.meter.add(description.as_deref().unwrap_or_default());
            }
            Tool::Vendor { kind, .. } => self.beside += family::vendor_tool(kind),
        }
    }
}

#[cfg(test)]
mod tests;
