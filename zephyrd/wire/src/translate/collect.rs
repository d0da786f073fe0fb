//! Collects the events of a stream into a whole answer, for a client that wants no stream.

use crate::form::{Answer, Block, Event, Json, Opening, Seal, Stop, Text, Thinking};
use crate::usage::Usage;
use crate::whole::{MOST, Unsound, json};

/// What one block is counted as beside its text, so that empty ones are bounded too.
const BLOCK: usize = 64;

const TOO_LONG: Unsound = Unsound("it is longer than 32 MiB");
const NO_BLOCK: Unsound = Unsound("a piece belongs to no open block");
const NOT_WHOLE: Unsound = Unsound("the stream ended without its dialect's own end");

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Collector {
    head: Option<(String, String, Option<i64>)>,
    blocks: Vec<Piece>,
    usage: Usage,
    stop: Option<Stop<'static>>,
    size: usize,
    ended: bool,
}

/// A block that grows.
#[derive(Debug)]
struct Piece {
    kind: Opening<'static>,
    text: String,
    seal: Seal<'static>,
}

impl Collector {
    /// Takes the next event.
    pub(super) fn event(&mut self, event: Event<'_>) -> Result<(), Unsound> {
        if self.ended {
            return Ok(());
        }
        match event {
            Event::Start { id, model, created } => {
                self.head = Some((id.into_owned(), model.into_owned(), created));
            }
            Event::Open(n, opening) => {
                if usize::try_from(n) != Ok(self.blocks.len()) {
                    return Err(Unsound("the blocks do not open in order"));
                }
                self.grow(BLOCK)?;
                self.blocks.push(Piece { kind: opening.into_owned(), text: String::new(), seal: Seal::None });
            }
            Event::Text(n, text) | Event::Input(n, text) => {
                self.grow(text.len())?;
                self.piece(n)?.text.push_str(&text);
            }
            Event::Seal(n, seal) => {
                self.grow(seal.wrapped().len())?;
                self.piece(n)?.seal = seal.into_owned();
            }
            Event::Usage(usage) => self.usage = usage,
            Event::Stop(stop) => self.stop = Some(stop.into_owned()),
            Event::End => self.ended = true,
            Event::Close(_) | Event::Ping | Event::Error { .. } => {}
        }
        Ok(())
    }

    /// The answer, if the stream was whole.
    pub(super) fn answer(self) -> Result<Answer<'static>, Unsound> {
        let (Some((id, model, created)), Some(stop), true) = (self.head, self.stop, self.ended) else {
            return Err(NOT_WHOLE);
        };
        let blocks = self.blocks.into_iter().map(Piece::block).collect::<Result<_, _>>()?;
        Ok(Answer { id: id.into(), model: model.into(), created, blocks, stop, usage: self.usage })
    }

    fn piece(&mut self, n: u32) -> Result<&mut Piece, Unsound> {
        usize::try_from(n).ok().and_then(|n| self.blocks.get_mut(n)).ok_or(NO_BLOCK)
    }

    fn grow(&mut self, by: usize) -> Result<(), Unsound> {
        self.size += by;
        if self.size > MOST { Err(TOO_LONG) } else { Ok(()) }
    }
}

impl Piece {
    fn block(self) -> Result<Block<'static>, Unsound> {
        let text: Text<'static> = Text::Owned(self.text);
        Ok(match self.kind {
            Opening::Text => Block::Text(text),
            Opening::Refusal => Block::Refusal(text),
            Opening::Thinking => Block::Thinking(Thinking { text, seal: self.seal }),
            Opening::Call { id, name } => Block::Call { id, name, input: input(&text)? },
        })
    }
}

/// The input of a call: a JSON object, or nothing, which means an empty one.
fn input(pieces: &str) -> Result<Json<'static>, Unsound> {
    match pieces.trim() {
        "" => Ok(Json::Borrowed("{}")),
        text => match json::value(text) {
            Some(object) if object.starts_with('{') => Ok(Json::Owned(object.to_owned())),
            _ => Err(Unsound("the input of a call is no JSON object")),
        },
    }
}
