//! Chat Completions into the intermediate form and out of it.
//!
//! What "the OpenAI API" is on other servers than OpenAI's is read as leniently as can be told apart, and written by
//! [`crate::quirks::Quirks`]. Members are those of the vendor's SDK (`openai` for Python, `types/chat`); what others added
//! is named where it is read.

mod answer;
mod calls;
mod decode;
mod encode;
mod error;
mod request;
mod stop;
mod thinking;
mod usage;
mod write;

#[cfg(test)]
mod captures;
#[cfg(test)]
mod laws;

use crate::form::{Answer, Loss, Refused, Request, Text};
use crate::quirks::Quirks;
use crate::translate::{Convert, Decode, Encode, Wish};
use crate::whole::Unsound;
use crate::whole::json::{self, Members};

/// What the dialect is called in messages for people.
const NAME: &str = "openai-chat";

/// See the module.
pub(super) struct Chat;

impl Convert for Chat {
    fn read_request<'a>(&self, body: &'a str) -> Result<Request<'a>, Refused> {
        request::read(body)
    }

    fn write_request(
        &self,
        request: &Request<'_>,
        quirks: &Quirks,
        losses: &mut Vec<Loss>,
    ) -> Result<Vec<u8>, Refused> {
        write::write(request, quirks, losses)
    }

    fn read_answer<'a>(&self, body: &'a str) -> Result<Answer<'a>, Unsound> {
        answer::read(body)
    }

    fn write_answer(&self, answer: &Answer<'_>, wish: &Wish) -> Vec<u8> {
        answer::write(answer, wish)
    }

    fn decoder(&self) -> Box<dyn Decode> {
        Box::new(decode::Decoder::default())
    }

    fn encoder(&self, wish: &Wish) -> Box<dyn Encode> {
        Box::new(encode::Encoder::new(wish))
    }
}

/// A member that is a string, decoded.
fn text<'a>(members: &Members<'a>, key: &str) -> Option<Text<'a>> {
    json::word(members.part(key)?)
}

fn wrong(what: &str) -> Refused {
    Refused(what.to_owned())
}
