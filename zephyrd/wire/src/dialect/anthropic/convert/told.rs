//! What blocks say that only the vendor's own tools make, as text: searches, fetched pages, output of programs.

use crate::whole::json::{self, Members};

/// Members that hold words for a reader, in the order in which they are told. What is encrypted, signed or an id is not
/// among them.
const WORDS: [&str; 14] = [
    "title",
    "url",
    "source",
    "query",
    "text",
    "content",
    "stdout",
    "stderr",
    "error_code",
    "error_message",
    "message",
    "tool_name",
    "tool_references",
    "lines",
];
/// Most values inside of each other that are looked into.
const DEEPEST: u8 = 8;

/// The words in a block, a line each; empty where there are none.
pub(super) fn told(block: &Members<'_>) -> String {
    let mut out = String::new();
    gather_of(block, 0, &mut out);
    out
}

/// The words of a block of the type `kind`, with what they are.
pub(super) fn titled(kind: &str, words: String) -> String {
    match kind.strip_suffix("_tool_result") {
        Some(tool) => format!("[{tool}]\n{words}"),
        None => words,
    }
}

/// A call of a tool that the vendor ran.
pub(super) fn call(block: &Members<'_>) -> String {
    let name = block.word("name").unwrap_or_default();
    let input = block.get("input").unwrap_or("{}");
    format!("[{name} {input}]")
}

fn gather(value: &str, depth: u8, out: &mut String) {
    if depth > DEEPEST {
        return;
    }
    if let Some(word) = json::word(value) {
        if !word.is_empty() {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&word);
        }
    } else if let Ok(list) = json::items(value) {
        list.into_iter().for_each(|item| gather(item, depth + 1, out));
    } else if let Ok(object) = Members::of(value) {
        gather_of(&object, depth, out);
    }
}

fn gather_of(object: &Members<'_>, depth: u8, out: &mut String) {
    for key in WORDS {
        if let Some(value) = object.get(key) {
            gather(value, depth + 1, out);
        }
    }
    // A document's own text; of other kinds it is base64.
    if object.word("type").as_deref() == Some("text")
        && let Some(data) = object.get("data")
    {
        gather(data, depth + 1, out);
    }
}
