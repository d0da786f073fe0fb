//! Turns become messages: calls and their results side by side, instructions where the endpoint takes them.
//!
//! Neighbouring turns of the assistant are one message. Results follow it in the order of the calls, whatever stood between;
//! a call without one gets one that says so, a result without a call becomes text of the user. Where instructions are taken
//! in the first turn alone, those that come later are sent as text of the user in `<system>` tags at their place: merged into
//! the first turn, each would change the beginning of the prompt, which the endpoint has in its cache.

use std::collections::{HashMap, VecDeque};

use super::{Losses, results};
use crate::form::{Media, Part, Refused, Request, Role, Text, Thinking, ToolResult, Turn};
use crate::quirks::Quirks;

/// What stands in for a turn where the endpoint wants one and nothing was said.
const PLACEHOLDER: &str = "(continued)";

/// One message.
#[derive(Debug, Default)]
pub(super) struct Message<'a> {
    pub(super) role: Speaker<'a>,
    pub(super) pieces: Vec<Piece<'a>>,
    pub(super) name: Option<&'a str>,
    /// Id, name and input.
    pub(super) calls: Vec<(&'a str, &'a str, &'a str)>,
    pub(super) thinking: Vec<&'a Thinking<'a>>,
    /// The cache may end behind what a tool gave.
    pub(super) cache: Option<&'a str>,
    /// It holds what tools gave, and nothing that a person said.
    pub(super) aside: bool,
}

/// Whose message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Speaker<'a> {
    System,
    #[default]
    User,
    Assistant,
    /// A tool, in answer to the call with this id.
    Tool(&'a str),
}

#[derive(Debug)]
pub(super) enum Piece<'a> {
    Text {
        text: Text<'a>,
        /// It goes on where the text before it ends.
        glued: bool,
        /// The cache may end behind it.
        cache: Option<&'a str>,
    },
    Media(&'a Media<'a>),
}

impl<'a> Piece<'a> {
    pub(super) fn text(text: impl Into<Text<'a>>) -> Self {
        Self::Text { text: text.into(), glued: false, cache: None }
    }
}

/// The messages of a request.
pub(super) fn messages<'a>(
    request: &'a Request<'a>,
    quirks: &Quirks,
    losses: &mut Losses<'_>,
) -> Result<Vec<Message<'a>>, Refused> {
    // Others than Anthropic's models cache by themselves, and the servers behind some refuse the word.
    let marks = quirks.cache_control && request.model.contains("claude");
    let mut writer = Writer { messages: Vec::with_capacity(request.turns.len()), quirks, marks, losses };
    let is_assistant = |turn: &Turn<'_>| turn.role == Role::Assistant;
    let mut rest = request.turns.as_slice();
    while let Some(turn) = rest.first() {
        if !is_assistant(turn) {
            writer.said(turn, &mut |_| false);
            rest = &rest[1..];
            continue;
        }
        let own = rest.iter().take_while(|turn| is_assistant(turn)).count();
        let (turns, after) = rest.split_at(own);
        let next = after.iter().position(is_assistant).unwrap_or(after.len());
        writer.exchange(turns, &after[..next]);
        rest = &after[next..];
    }
    let mut messages = writer.messages;
    if quirks.alternate {
        messages = alternating(messages);
    }
    Ok(messages)
}

struct Writer<'a, 'w, 'l> {
    messages: Vec<Message<'a>>,
    quirks: &'w Quirks,
    /// The endpoint is told where its cache may end.
    marks: bool,
    losses: &'w mut Losses<'l>,
}

impl<'a> Writer<'a, '_, '_> {
    /// What the assistant said, what its calls gave, and what was said until it spoke again.
    fn exchange(&mut self, turns: &'a [Turn<'a>], after: &'a [Turn<'a>]) {
        let message = self.assistant(turns);
        let calls = message.calls.clone();
        if !(message.pieces.is_empty() && calls.is_empty() && message.thinking.is_empty()) {
            self.messages.push(message);
        }
        let given = after.iter().flat_map(|turn| &turn.parts).filter_map(|part| match part {
            Part::Result(result) => Some(result),
            _ => None,
        });
        let mut by_id: HashMap<&str, VecDeque<usize>> = HashMap::new();
        let given: Vec<&'a ToolResult<'a>> = given.collect();
        for (at, result) in given.iter().enumerate() {
            by_id.entry(&result.id).or_default().push_back(at);
        }
        let mut used = vec![false; given.len()];
        let mut media = Vec::new();
        for (id, name, _) in calls {
            let found = by_id.get_mut(id).and_then(VecDeque::pop_front);
            let result = found.map(|at| given[at]);
            if let Some(at) = found {
                used[at] = true;
            }
            let cache = self.mark(result.and_then(|result| result.cache.as_deref()));
            self.messages.push(Message { cache, ..results::message(id, result, self.quirks) });
            if let Some(result) = result.filter(|_| !self.quirks.media_in_results) {
                media.extend(results::media(name, result));
            }
        }
        if !media.is_empty() {
            self.messages.push(Message { pieces: media, aside: true, ..Message::default() });
        }
        let mut used = used.into_iter();
        for turn in after {
            self.said(turn, &mut |_| used.next().unwrap_or(false));
        }
    }

    fn assistant(&mut self, turns: &'a [Turn<'a>]) -> Message<'a> {
        let mut message = Message { role: Speaker::Assistant, ..Message::default() };
        let mut glued = false;
        for part in turns.iter().flat_map(|turn| &turn.parts) {
            let was_text = std::mem::replace(&mut glued, matches!(part, Part::Text { .. }));
            match part {
                Part::Text { text, cache } => {
                    let cache = self.mark(cache.as_deref());
                    if !text.is_empty() {
                        let text = Text::Borrowed(text.as_ref());
                        message.pieces.push(Piece::Text { text, glued: was_text, cache });
                    }
                }
                Part::Refusal(text) => message.pieces.push(Piece::text(text.as_ref())),
                Part::Call { id, name, input } => message.calls.push((id, name, input)),
                Part::Thinking(thinking) => message.thinking.push(thinking),
                Part::Media(_) | Part::Result(_) => self.losses.add("messages[].content[] of the assistant"),
            }
        }
        message.name = turns.iter().find_map(|turn| turn.name.as_deref());
        message
    }

    /// Instructions, or what the user said; `skip` tells which results have been written already.
    fn said(&mut self, turn: &'a Turn<'a>, skip: &mut dyn FnMut(&ToolResult<'_>) -> bool) {
        let mut pieces = Vec::with_capacity(turn.parts.len());
        for part in &turn.parts {
            match part {
                Part::Text { text, cache } => {
                    let cache = self.mark(cache.as_deref());
                    if !text.is_empty() {
                        pieces.push(Piece::Text { text: Text::Borrowed(text.as_ref()), glued: false, cache });
                    }
                }
                Part::Refusal(text) => pieces.push(Piece::text(text.as_ref())),
                Part::Media(_) if turn.role == Role::System => self.losses.add("system[] that is no text"),
                Part::Media(media) => {
                    if media.cache.is_some() {
                        self.losses.add("cache_control");
                    }
                    pieces.push(Piece::Media(media));
                }
                Part::Result(result) => {
                    if !skip(result) {
                        pieces.extend(results::orphan(result));
                    }
                }
                Part::Thinking(_) | Part::Call { .. } => self.losses.add("messages[].content[] of the user"),
            }
        }
        if pieces.is_empty() {
            return;
        }
        let name = turn.name.as_deref();
        if turn.role == Role::User {
            self.messages.push(Message { pieces, name, ..Message::default() });
            return;
        }
        let first_only = self.quirks.system_first || self.quirks.alternate;
        match self.messages.last_mut() {
            Some(last) if first_only && last.role == Speaker::System => last.pieces.extend(pieces),
            Some(_) if first_only => {
                let text = format!("<system>\n{}\n</system>", joined(&pieces));
                self.messages.push(Message { pieces: vec![Piece::text(text)], ..Message::default() });
            }
            _ => self.messages.push(Message { role: Speaker::System, pieces, name, ..Message::default() }),
        }
    }

    /// The mark for the endpoint, which is lost where it takes none.
    fn mark(&mut self, cache: Option<&'a str>) -> Option<&'a str> {
        if cache.is_some() && !self.marks {
            self.losses.add("cache_control");
        }
        cache.filter(|_| self.marks)
    }
}

/// The texts among `pieces` as one.
pub(super) fn joined<'p>(pieces: &'p [Piece<'_>]) -> Text<'p> {
    let mut all: Option<Text<'p>> = None;
    for piece in pieces {
        let Piece::Text { text, glued, .. } = piece else { continue };
        match &mut all {
            None => all = Some(Text::Borrowed(text)),
            Some(all) => {
                let all = all.to_mut();
                all.push_str(if *glued { "" } else { "\n\n" });
                all.push_str(text);
            }
        }
    }
    all.unwrap_or_default()
}

/// Messages that take turns, as the templates of some models want it: neighbours are one message; only where two cannot
/// be (a tool's and a person's) or where the assistant speaks first, something is said between.
fn alternating(messages: Vec<Message<'_>>) -> Vec<Message<'_>> {
    let mut out: Vec<Message<'_>> = Vec::with_capacity(messages.len());
    let placeholder = |role| Message { role, pieces: vec![Piece::text(PLACEHOLDER)], ..Message::default() };
    for message in messages {
        match (out.last_mut(), message.role) {
            (Some(last), Speaker::User) if last.role == Speaker::User => {
                last.aside &= message.aside;
                last.pieces.extend(message.pieces);
                continue;
            }
            (Some(last), Speaker::User) if matches!(last.role, Speaker::Tool(_)) => {
                out.push(placeholder(Speaker::Assistant));
            }
            (None | Some(Message { role: Speaker::System, .. }), Speaker::Assistant) => {
                out.push(placeholder(Speaker::User));
            }
            _ => {}
        }
        out.push(message);
    }
    out
}
