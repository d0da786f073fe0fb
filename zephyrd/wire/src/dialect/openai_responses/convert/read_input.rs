//! The items of a client's `input` as turns.
//!
//! Reasoning, messages and calls of the model that follow one another are one turn; so are the outputs of its calls. What the
//! vendor's own tools did is left out: the model's messages tell of it.

use std::borrow::Cow;

use super::{NAME, media, read_tools, spaces};
use crate::form::{Json, Part, Refused, Role, Seal, Text, Thinking, Tool, ToolResult, Turn};
use crate::whole::json::{self, Members};

/// What has been read of the conversation.
#[derive(Default)]
pub(super) struct Input<'a> {
    pub(super) turns: Vec<Turn<'a>>,
    /// Tools that are offered: the conversation may bring more.
    pub(super) tools: Vec<Tool<'a>>,
    /// Items were left out.
    pub(super) left_out: bool,
}

impl<'a> Input<'a> {
    /// Reads `input`: a text or an array of items.
    pub(super) fn read(&mut self, input: &'a str) -> Result<(), Refused> {
        if let Some(text) = json::word(input) {
            self.push(Role::User, texts(text));
            return Ok(());
        }
        let items =
            json::items(input).map_err(|_| Refused("`input` is neither text nor an array".to_owned()))?;
        for (n, item) in items.into_iter().enumerate() {
            let item = Members::of(item).map_err(|_| Refused(format!("`input[{n}]` is no object")))?;
            self.item(&item).map_err(|wrong| match wrong {
                Wrong::Refused(refused) => refused,
                Wrong::Lacks(what) => {
                    Refused(format!("`input[{n}]` has no `{what}`, or it is not of the right kind"))
                }
            })?;
        }
        Ok(())
    }

    fn item(&mut self, item: &Members<'a>) -> Result<(), Wrong> {
        let kind = match item.decoded("type") {
            Some(kind) => kind,
            None if item.get("role").is_some() => Cow::Borrowed("message"),
            None => Cow::Borrowed("item_reference"),
        };
        match kind.as_ref() {
            "message" => self.message(item)?,
            "reasoning" => {
                let thinking = thinking(item);
                if !(thinking.text.is_empty() && thinking.seal.is_none()) {
                    self.push(Role::Assistant, vec![Part::Thinking(thinking)]);
                }
            }
            "function_call" => {
                let input = object(item.decoded("arguments").unwrap_or_default());
                self.call(item, input)?;
            }
            "custom_tool_call" => {
                let text = item.decoded("input").ok_or(Wrong::Lacks("input"))?;
                self.call(item, Cow::Owned(free_input(&text)))?;
            }
            "local_shell_call" => {
                let id = id(item, &["call_id", "id"])?;
                let input = item.get("action").and_then(spaces::input_of_action);
                let input = Cow::Owned(input.ok_or(Wrong::Lacks("action"))?);
                self.push(Role::Assistant, vec![Part::Call { id, name: spaces::SHELL.into(), input }]);
            }
            "function_call_output" | "custom_tool_call_output" => self.output(item, &["call_id"])?,
            "local_shell_call_output" => self.output(item, &["call_id", "id"])?,
            "additional_tools" | "tool_search_output" => {
                read_tools::read(item.given_part("tools").unwrap_or("[]"), None, &mut self.tools)?;
            }
            "item_reference" | "compaction" | "compaction_summary" | "compaction_trigger" => {
                return Err(Refused(format!(
                    "`input` holds an item of type `{kind}`, which only the vendor that made it understands; send the \
                     conversation itself, or route the model to an endpoint of the {NAME} dialect"
                ))
                .into());
            }
            _ => self.left_out = true,
        }
        Ok(())
    }

    fn message(&mut self, item: &Members<'a>) -> Result<(), Wrong> {
        let role = item.decoded("role").ok_or(Wrong::Lacks("role"))?;
        let role = match role.as_ref() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" | "developer" => Role::System,
            other => {
                return Err(Refused(format!(
                    "a message has the role `{other}`; it may be `user`, `assistant`, `system` or `developer`"
                ))
                .into());
            }
        };
        let content = item.given_part("content").ok_or(Wrong::Lacks("content"))?;
        self.push(role, parts(content)?);
        Ok(())
    }

    fn call(&mut self, item: &Members<'a>, input: Json<'a>) -> Result<(), Wrong> {
        let id = id(item, &["call_id", "id"])?;
        let name = item.decoded("name").filter(|name| !name.is_empty()).ok_or(Wrong::Lacks("name"))?;
        let name = spaces::flat(item.name("namespace").as_deref(), name);
        self.push(Role::Assistant, vec![Part::Call { id, name, input }]);
        Ok(())
    }

    fn output(&mut self, item: &Members<'a>, ids: &[&'static str]) -> Result<(), Wrong> {
        let id = id(item, ids)?;
        let parts = match item.given_part("output") {
            None => Vec::new(),
            Some(output) if json::is_text(output) || output.starts_with('[') => parts(output)?,
            Some(other) => vec![Part::Text { text: other.into(), cache: None }],
        };
        let result = Part::Result(ToolResult { id, parts, error: false, cache: None });
        match self.turns.last_mut() {
            Some(turn) if turn.role == Role::User && matches!(turn.parts.last(), Some(Part::Result(_))) => {
                turn.parts.push(result);
            }
            _ => self.push(Role::User, vec![result]),
        }
        Ok(())
    }

    /// Adds a turn, or to the model's last one.
    fn push(&mut self, role: Role, parts: Vec<Part<'a>>) {
        match self.turns.last_mut() {
            Some(turn) if role == Role::Assistant && turn.role == role => turn.parts.extend(parts),
            _ if parts.is_empty() => {}
            _ => self.turns.push(Turn { role, parts, name: None }),
        }
    }
}

/// Why an item cannot be read.
enum Wrong {
    Refused(Refused),
    Lacks(&'static str),
}

impl From<Refused> for Wrong {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

fn id<'a>(item: &Members<'a>, keys: &[&'static str]) -> Result<Text<'a>, Wrong> {
    let found = keys.iter().find_map(|key| item.decoded(key).filter(|id| !id.is_empty()));
    found.ok_or(Wrong::Lacks("call_id"))
}

fn texts(text: Text<'_>) -> Vec<Part<'_>> {
    if text.is_empty() { Vec::new() } else { vec![Part::Text { text, cache: None }] }
}

/// The parts of a message's `content` or of an `output`: a text or an array. Empty texts say nothing.
fn parts(content: &str) -> Result<Vec<Part<'_>>, Refused> {
    if let Some(text) = json::word(content) {
        return Ok(texts(text));
    }
    let items = json::items(content)
        .map_err(|_| Refused("the content of an item is neither text nor an array".to_owned()))?;
    let mut parts = Vec::with_capacity(items.len());
    for item in items {
        let part =
            Members::of(item).map_err(|_| Refused("a part of an item's content is no object".to_owned()))?;
        let kind = part.decoded("type").unwrap_or_default();
        let lacks = || Refused(format!("a part of type `{kind}` lacks what it should hold"));
        match kind.as_ref() {
            "input_text" | "output_text" | "text" => {
                parts.extend(texts(part.decoded("text").ok_or_else(lacks)?));
            }
            "refusal" => parts.push(Part::Refusal(part.decoded("refusal").ok_or_else(lacks)?)),
            "input_image" => parts.push(Part::Media(media::read_image(&part).ok_or_else(lacks)?)),
            "input_file" => parts.push(Part::Media(media::read_file(&part).ok_or_else(lacks)?)),
            "input_audio" => parts.push(Part::Media(media::read_audio(&part).ok_or_else(lacks)?)),
            other => {
                return Err(Refused(format!(
                    "`input` holds content of type `{other}`, which has no counterpart in other dialects; leave it out or \
                     route the model to an endpoint of the {NAME} dialect"
                )));
            }
        }
    }
    Ok(parts)
}

/// The input of a call: what is no sound object is an empty one.
pub(super) fn object(arguments: Text<'_>) -> Json<'_> {
    let is_bare = match json::value(&arguments) {
        Some(object) if object.starts_with('{') => object.len() == arguments.len(),
        _ => return Cow::Borrowed("{}"),
    };
    if is_bare { arguments } else { Cow::Owned(arguments.trim().to_owned()) }
}

/// The input of a call of a tool that takes free text.
pub(super) fn free_input(text: &str) -> String {
    let mut out = br#"{"input":"#.to_vec();
    json::quote(&mut out, text);
    out.push(b'}');
    // Only texts have been written.
    String::from_utf8(out).unwrap_or_default()
}

/// Reads a `reasoning` item. Its words are the summary, else the content. Without `encrypted_content` its author could not
/// know it again, since nothing is stored.
pub(super) fn thinking<'a>(item: &Members<'a>) -> Thinking<'a> {
    let text = joined(item, "summary").or_else(|| joined(item, "content")).unwrap_or_default();
    let seal = match item.decoded("encrypted_content").filter(|content| !content.is_empty()) {
        None => Seal::None,
        Some(content) => match Seal::unwrapped(&content) {
            Some(seal) => seal,
            None => Seal::Item { id: item.decoded("id").unwrap_or_default(), content },
        },
    };
    Thinking { text, seal }
}

/// The texts of an array's parts as one, a blank line between them; `None` if that is empty.
fn joined<'a>(item: &Members<'a>, key: &str) -> Option<Text<'a>> {
    let mut texts = Vec::new();
    for part in json::items(item.given_part(key)?).ok()? {
        texts.extend(Members::of(part).ok()?.decoded("text").filter(|text| !text.is_empty()));
    }
    match texts.len() {
        0 => None,
        1 => texts.pop(),
        _ => Some(Cow::Owned(texts.join("\n\n"))),
    }
}
