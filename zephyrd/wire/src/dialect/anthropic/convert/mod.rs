//! How Anthropic Messages is read into the intermediate form and written from it.
//!
//! Facts about the API are from the vendor's Python SDK 2.12.0 (its types, and what their comments say) and its pages on
//! the models; the places that rest on one say which.

mod answer;
mod call_id;
mod decode;
mod encode;
mod messages;
mod model;
mod read_blocks;
mod read_request;
mod read_tools;
mod read_turns;
mod stop;
mod told;
mod write_blocks;
mod write_cache;
mod write_media;
mod write_request;
mod write_thinking;
mod write_tools;
mod write_turns;
mod write_usage;

use crate::form::{Answer, Loss, Refused, Request};
use crate::quirks::Quirks;
use crate::translate::{Convert, Decode, Encode, Wish};
use crate::whole::Unsound;

/// See the module.
pub(super) struct Messages;

/// Adds to `losses`, each thing once.
fn lose(losses: &mut Vec<Loss>, what: &'static str) {
    let loss = Loss { what };
    if !losses.contains(&loss) {
        losses.push(loss);
    }
}

impl Convert for Messages {
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
        Box::<decode::Decoder>::default()
    }

    fn encoder(&self, wish: &Wish) -> Box<dyn Encode> {
        Box::new(encode::Encoder::new(wish))
    }
}
