//! Turns as `instructions` and the items of `input`.
//!
//! The API refuses a call without an output and an output without a call: a call that nobody answered is answered
//! as cancelled, an output that nobody asked for becomes words of the user. Thinking goes back only to who sealed it,
//! and only where something of its turn follows.

use std::collections::{HashMap, HashSet};

use super::response::number;
use super::{free, media, write_tools};
use crate::form::{Loss, Part, Refused, Request, Role, Seal, Thinking, ToolResult, Turn};
use crate::quirks::Quirks;
use crate::whole::json;

const ASSISTANT: &str = "assistant";
const CANCELLED: &str = "The call was cancelled: it has no result.";

/// `instructions`, if there are any, and `input`.
pub(super) struct Written {
    pub(super) instructions: Option<String>,
    pub(super) input: Vec<u8>,
}

/// Writes the conversation.
pub(super) fn write(
    request: &Request<'_>,
    quirks: &Quirks,
    losses: &mut Vec<Loss>,
) -> Result<Written, Refused> {
    let leading = request.turns.iter().take_while(|turn| turn.role == Role::System).count();
    let (system, turns) = request.turns.split_at(leading);
    let mut instructions = String::new();
    for turn in system {
        add_instructions(turn, &mut instructions, losses);
    }
    let role = match (quirks.system_first, quirks.developer) {
        (true, _) => "user",
        (false, true) => "developer",
        (false, false) => "system",
    };
    let mut items = Items {
        quirks,
        out: vec![b'['],
        system: role,
        pairs: Pairs::of(turns),
        free_calls: HashSet::new(),
        refusals: 0,
        request,
        losses,
    };
    for turn in turns {
        items.turn(turn)?;
    }
    items.out.push(b']');
    let input = items.out;
    Ok(Written { instructions: (!instructions.is_empty()).then_some(instructions), input })
}

fn add_instructions(turn: &Turn<'_>, instructions: &mut String, losses: &mut Vec<Loss>) {
    for part in &turn.parts {
        match part {
            Part::Text { text, cache } => {
                if cache.is_some() {
                    losses.push(Loss { what: "cache_control" });
                }
                if !instructions.is_empty() {
                    instructions.push_str("\n\n");
                }
                instructions.push_str(text);
            }
            _ => losses.push(Loss { what: "what is no text in instructions" }),
        }
    }
}

/// Which calls have an output and which outputs a call, each by its place among its own kind.
#[derive(Default)]
struct Pairs {
    answered: Vec<bool>,
    asked: Vec<bool>,
    calls: usize,
    outputs: usize,
}

impl Pairs {
    /// Some vendors count their calls anew in every answer, so an id may come again once its call is answered.
    fn of(turns: &[Turn<'_>]) -> Self {
        let mut pairs = Self::default();
        let mut open: HashMap<&str, Vec<usize>> = HashMap::new();
        for part in turns.iter().flat_map(|turn| &turn.parts) {
            match part {
                Part::Call { id, .. } => {
                    open.entry(id).or_default().push(pairs.answered.len());
                    pairs.answered.push(false);
                }
                Part::Result(result) => {
                    let call = open.get_mut(result.id.as_ref()).and_then(Vec::pop);
                    pairs.asked.push(call.is_some());
                    if let Some(answered) = call.and_then(|call| pairs.answered.get_mut(call)) {
                        *answered = true;
                    }
                }
                _ => {}
            }
        }
        pairs
    }

    fn is_next_answered(&mut self) -> bool {
        self.calls += 1;
        self.answered.get(self.calls - 1).copied().unwrap_or_default()
    }

    fn is_next_asked(&mut self) -> bool {
        self.outputs += 1;
        self.asked.get(self.outputs - 1).copied().unwrap_or_default()
    }
}

struct Items<'w, 'r> {
    out: Vec<u8>,
    /// The role of instructions within the conversation.
    system: &'static str,
    pairs: Pairs,
    /// Calls of tools that take free text.
    free_calls: HashSet<String>,
    /// Refusals so far: each has an id.
    refusals: usize,
    request: &'w Request<'r>,
    quirks: &'w Quirks,
    losses: &'w mut Vec<Loss>,
}

impl Items<'_, '_> {
    fn turn(&mut self, turn: &Turn<'_>) -> Result<(), Refused> {
        if turn.name.is_some() {
            self.lose("messages[].name");
        }
        let role = match turn.role {
            Role::System => self.system,
            Role::User => "user",
            Role::Assistant => ASSISTANT,
        };
        let last = turn.parts.iter().rposition(|part| !matches!(part, Part::Thinking(_)));
        // A turn of the model has none but what results without a call become.
        let author = if role == ASSISTANT { "user" } else { role };
        let mut message = Message { role: author, content: Vec::new() };
        let mut dangling = Vec::new();
        for (n, part) in turn.parts.iter().enumerate() {
            match part {
                Part::Text { text, cache } => {
                    if cache.is_some() {
                        self.lose("cache_control");
                    }
                    if role == ASSISTANT {
                        self.said(text);
                    } else {
                        message.text(text);
                    }
                }
                Part::Refusal(text) if role == ASSISTANT => self.refused(text),
                Part::Refusal(text) => message.text(text),
                Part::Media(_) if role == ASSISTANT => self.lose("images and documents of the model"),
                Part::Media(media) => media::write(media, message.next(), self.losses)?,
                Part::Thinking(thinking) => {
                    if last.is_some_and(|last| n < last) {
                        self.thinking(thinking);
                    } else {
                        self.lose("thinking");
                    }
                }
                Part::Call { id, name, input } => {
                    self.flush(&mut message);
                    self.call(id, name, input);
                    if !self.pairs.is_next_answered() {
                        dangling.push(id.as_ref());
                    }
                }
                Part::Result(result) => {
                    if self.pairs.is_next_asked() {
                        self.flush(&mut message);
                        self.output(result)?;
                        if !self.quirks.media_in_results {
                            self.media(result, &mut message)?;
                        }
                    } else {
                        self.orphan(result, &mut message)?;
                    }
                }
            }
        }
        self.flush(&mut message);
        for id in dangling {
            let is_free = self.free_calls.contains(id);
            self.begin_output(id, is_free);
            json::quote(&mut self.out, CANCELLED);
            self.out.push(b'}');
        }
        Ok(())
    }

    fn lose(&mut self, what: &'static str) {
        self.losses.push(Loss { what });
    }

    /// Begins an item.
    fn next(&mut self) -> &mut Vec<u8> {
        if self.out.len() > 1 {
            self.out.push(b',');
        }
        &mut self.out
    }

    fn flush(&mut self, message: &mut Message) {
        if message.content.is_empty() {
            return;
        }
        let out = self.next();
        out.extend_from_slice(br#"{"type":"message","role":""#);
        out.extend_from_slice(message.role.as_bytes());
        out.extend_from_slice(br#"","content":["#);
        out.append(&mut message.content);
        out.extend_from_slice(b"]}");
    }

    /// A text of the model: servers that hold the vendor's types against it want an id for any other form.
    fn said(&mut self, text: &str) {
        let out = self.next();
        out.extend_from_slice(br#"{"type":"message","role":"assistant","content":"#);
        json::quote(out, text);
        out.push(b'}');
    }

    /// A refusal of the model.
    fn refused(&mut self, text: &str) {
        let n = self.refusals;
        self.refusals += 1;
        let out = self.next();
        out.extend_from_slice(br#"{"type":"message","role":"assistant","id":"msg_"#);
        number(n, out);
        out.extend_from_slice(br#"","status":"completed","content":[{"type":"refusal","refusal":"#);
        json::quote(out, text);
        out.extend_from_slice(b"}]}");
    }

    fn thinking(&mut self, thinking: &Thinking<'_>) {
        let (id, content) = match &thinking.seal {
            Seal::Item { id, content } if !content.is_empty() => (id, content),
            _ => return self.lose("thinking of another vendor"),
        };
        let out = self.next();
        out.extend_from_slice(br#"{"type":"reasoning","#);
        if !id.is_empty() {
            out.extend_from_slice(br#""id":"#);
            json::quote(out, id);
            out.push(b',');
        }
        out.extend_from_slice(br#""summary":["#);
        if !thinking.text.is_empty() {
            out.extend_from_slice(br#"{"type":"summary_text","text":"#);
            json::quote(out, &thinking.text);
            out.push(b'}');
        }
        out.extend_from_slice(br#"],"encrypted_content":"#);
        json::quote(out, content);
        out.push(b'}');
    }

    fn call(&mut self, id: &str, name: &str, input: &str) {
        let is_free = write_tools::is_free(name, &self.request.tools);
        if is_free {
            self.free_calls.insert(id.to_owned());
        }
        let out = self.next();
        let kind = if is_free { "custom_tool_call" } else { "function_call" };
        out.extend_from_slice(br#"{"type":""#);
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(br#"","call_id":"#);
        json::quote(out, id);
        out.extend_from_slice(br#","name":"#);
        json::quote(out, name);
        if is_free {
            out.extend_from_slice(br#","input":"#);
            json::quote(out, &free::whole(input));
        } else {
            out.extend_from_slice(br#","arguments":"#);
            json::quote(out, input);
        }
        out.push(b'}');
    }

    /// An output up to its value.
    fn begin_output(&mut self, id: &str, is_free: bool) {
        let kind = if is_free { "custom_tool_call_output" } else { "function_call_output" };
        let out = self.next();
        out.extend_from_slice(br#"{"type":""#);
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(br#"","call_id":"#);
        json::quote(out, id);
        out.extend_from_slice(br#","output":"#);
    }

    fn output(&mut self, result: &ToolResult<'_>) -> Result<(), Refused> {
        self.lose_cache(result);
        let is_free = self.free_calls.contains(result.id.as_ref());
        self.begin_output(&result.id, is_free);
        let has_media = result.parts.iter().any(|part| matches!(part, Part::Media(_)));
        if has_media && self.quirks.media_in_results {
            let mut list = Message { role: "user", content: Vec::new() };
            let mut is_error = result.error;
            for part in &result.parts {
                match part {
                    Part::Media(media) => media::write(media, list.next(), self.losses)?,
                    part => {
                        let text = words(std::slice::from_ref(part), is_error);
                        is_error = false;
                        list.text(&text);
                    }
                }
            }
            self.out.push(b'[');
            self.out.append(&mut list.content);
            self.out.push(b']');
        } else {
            json::quote(&mut self.out, &words(&result.parts, result.error));
        }
        self.out.push(b'}');
        Ok(())
    }

    /// A result whose call is not in the conversation.
    fn orphan(&mut self, result: &ToolResult<'_>, message: &mut Message) -> Result<(), Refused> {
        self.lose_cache(result);
        let text = words(&result.parts, result.error);
        message.text(&format!(
            "Result of the tool call {}, which is no longer in the conversation:\n{text}",
            result.id
        ));
        self.media(result, message)
    }

    /// The media of a result, as the user's own.
    fn media(&mut self, result: &ToolResult<'_>, message: &mut Message) -> Result<(), Refused> {
        for part in &result.parts {
            if let Part::Media(media) = part {
                media::write(media, message.next(), self.losses)?;
            }
        }
        Ok(())
    }

    fn lose_cache(&mut self, result: &ToolResult<'_>) {
        let texts = result.parts.iter().any(|part| matches!(part, Part::Text { cache: Some(_), .. }));
        if result.cache.is_some() || texts {
            self.lose("cache_control");
        }
    }
}

/// The texts of a result in one, marked if it failed and does not say so itself.
fn words(parts: &[Part<'_>], is_error: bool) -> String {
    let texts: Vec<&str> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Text { text, .. } | Part::Refusal(text) => Some(text.as_ref()),
            _ => None,
        })
        .collect();
    let text = texts.join("\n");
    let says_so = text.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("error"));
    if is_error && !says_so { format!("Error: {text}") } else { text }
}

/// A message of the user, or of instructions, whose content grows.
struct Message {
    role: &'static str,
    content: Vec<u8>,
}

impl Message {
    /// Begins a part.
    fn next(&mut self) -> &mut Vec<u8> {
        if !self.content.is_empty() {
            self.content.push(b',');
        }
        &mut self.content
    }

    fn text(&mut self, text: &str) {
        let out = self.next();
        out.extend_from_slice(br#"{"type":"input_text","text":"#);
        json::quote(out, text);
        out.push(b'}');
    }
}
