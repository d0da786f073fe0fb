//! OpenAI Responses, to and from the intermediate form.
//!
//! State that lives at the vendor (`previous_response_id`, `conversation`, stored prompts, item references, compaction,
//! background answers) is refused: no other endpoint has it. Tools that the vendor runs become
//! [`crate::form::Tool::Vendor`]; what they did in earlier turns is left out. Stop sequences and the sampling that the
//! dialect has no words for are lost.

mod answer;
mod block;
mod decode;
mod encode;
mod free;
mod item;
mod items;
mod media;
mod read_input;
mod read_request;
mod read_tools;
mod response;
mod spaces;
mod write_input;
mod write_request;
mod write_tools;

use crate::form::{Answer, Json, Loss, Refused, Request};
use crate::quirks::Quirks;
use crate::translate::{self, Decode, Encode, Wish};
use crate::whole::Unsound;

/// What the dialect is called where a request is refused.
const NAME: &str = "openai-responses";

/// See the module.
pub(super) struct Convert;

impl translate::Convert for Convert {
    fn read_request<'a>(&self, body: &'a str) -> Result<Request<'a>, Refused> {
        read_request::read(body)
    }

    fn write_request(
        &self,
        request: &Request<'_>,
        quirks: &Quirks,
        losses: &mut Vec<Loss>,
    ) -> Result<Vec<u8>, Refused> {
        write_request::write(request, quirks, losses)
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

    fn echo(&self, body: &str) -> Option<Json<'static>> {
        Some(Json::Owned(response::echo(body)))
    }
}

#[cfg(test)]
mod tests;
