//! What a real client sends comes out of the form as it went in.

use serde_json::Value;

use super::Chat;
use crate::quirks::Quirks;
use crate::translate::Convert;

#[test]
fn a_request_of_opencode_is_written_as_it_was_read() {
    let capture = include_str!("../../../../../../tests/captures/opencode-1.18.33_chat.json");
    let mut capture: Value = serde_json::from_str(capture).expect("sound JSON");
    let body = capture["body"].take();
    let text = body.to_string();
    let request = Chat.read_request(&text).expect("a request");
    let mut losses = Vec::new();
    let written = Chat.write_request(&request, &Quirks::default(), &mut losses).expect("a request");
    assert_eq!(serde_json::from_slice::<Value>(&written).expect("sound JSON"), body);
    assert!(losses.is_empty(), "{losses:?}");
}
