//! A whole answer as the events of a stream, for a client that wants one.

use crate::form::{Answer, Block, Event, Opening, Text};

/// Calls `each` with the events that say what `answer` says. Usage comes first, where every dialect can still tell it.
pub(super) fn replay(answer: &Answer<'_>, each: &mut dyn FnMut(Event<'_>)) {
    let text = |text: &Text<'_>| -> Text<'static> { Text::Owned(text.clone().into_owned()) };
    each(Event::Start { id: text(&answer.id), model: text(&answer.model), created: answer.created });
    each(Event::Usage(answer.usage));
    for (n, block) in (0..).zip(&answer.blocks) {
        self::block(n, block, each);
    }
    each(Event::Stop(answer.stop.clone()));
    each(Event::Usage(answer.usage));
    each(Event::End);
}

fn block(n: u32, block: &Block<'_>, each: &mut dyn FnMut(Event<'_>)) {
    let mut written = |opening: Opening<'_>, text: &str| {
        each(Event::Open(n, opening));
        if !text.is_empty() {
            each(Event::Text(n, Text::Borrowed(text)));
        }
    };
    match block {
        Block::Text(text) => written(Opening::Text, text),
        Block::Refusal(text) => written(Opening::Refusal, text),
        Block::Thinking(thinking) => {
            written(Opening::Thinking, &thinking.text);
            if !thinking.seal.is_none() {
                each(Event::Seal(n, thinking.seal.clone()));
            }
        }
        Block::Call { id, name, input } => {
            let (id, name) = (Text::Borrowed(id.as_ref()), Text::Borrowed(name.as_ref()));
            each(Event::Open(n, Opening::Call { id, name }));
            each(Event::Input(n, Text::Borrowed(input)));
        }
    }
    each(Event::Close(n));
}
