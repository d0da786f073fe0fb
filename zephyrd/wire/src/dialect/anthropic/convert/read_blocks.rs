//! Reads the blocks of a turn.
//!
//! Blocks of tools that the vendor ran itself become text that keeps what they found. A block of tomorrow becomes
//! text where it holds any; without, it is refused where the person has sent it, since it would be missed, and left out
//! where the model has.

use super::call_id;
use super::told::{self, told};
use crate::form::{Json, Media, Part, Refused, Role, Seal, Source, Text, Thinking, ToolResult};
use crate::whole::json::{self, Members};

/// Most blocks inside of each other: a document in a tool's result holds blocks.
const DEEPEST: u8 = 3;

/// What a block was.
pub(super) enum Block<'a> {
    /// Parts, or nothing that counts.
    Read,
    /// A tool comes or goes from here on.
    Tool {
        /// It comes.
        adds: bool,
        /// Which one.
        tool: Option<&'a str>,
    },
    /// The summary of everything before.
    Summary(Text<'a>),
}

/// Reads the block, which stands at `place`, into `parts`.
pub(super) fn read<'a>(
    block: &Members<'a>,
    role: Role,
    place: &dyn Fn() -> String,
    parts: &mut Vec<Part<'a>>,
) -> Result<Block<'a>, Refused> {
    read_at(0, block, role, place, parts)
}

fn read_at<'a>(
    depth: u8,
    block: &Members<'a>,
    role: Role,
    place: &dyn Fn() -> String,
    parts: &mut Vec<Part<'a>>,
) -> Result<Block<'a>, Refused> {
    let kind = block.word("type").unwrap_or_default();
    let missing = |what: &str| Refused(format!("`{}.{what}` is missing", place()));
    let cache = || block.given_part("cache_control").map(Json::Borrowed);
    let text = |text: Text<'a>| Part::Text { text, cache: cache() };
    match kind.as_ref() {
        "text" => {
            let words = block.decoded("text").ok_or_else(|| missing("text"))?;
            if !words.is_empty() {
                parts.push(text(words));
            }
        }
        "image" => parts.push(Part::Media(image(block).ok_or_else(|| missing("source"))?)),
        "document" => document(depth, block, role, place, parts)?,
        "tool_use" => parts.push(Part::Call {
            id: call_id::original(block.decoded("id").ok_or_else(|| missing("id"))?),
            name: block.decoded("name").ok_or_else(|| missing("name"))?,
            input: block.part("input").filter(|input| input.starts_with('{')).unwrap_or("{}").into(),
        }),
        "tool_result" => {
            let id = block.decoded("tool_use_id").ok_or_else(|| missing("tool_use_id"))?;
            let id = call_id::original(id);
            let mut inner = Vec::new();
            if let Some(content) = block.given_part("content") {
                nested(depth, content, role, place, &mut inner)?;
            }
            let error = block.get("is_error") == Some("true");
            parts.push(Part::Result(ToolResult { id, parts: inner, error, cache: cache() }));
        }
        "thinking" => {
            let seal = match block.decoded("signature") {
                Some(own) if !own.is_empty() => Seal::unwrapped(&own).unwrap_or(Seal::Signature(own)),
                _ => Seal::None,
            };
            parts
                .push(Part::Thinking(Thinking { text: block.decoded("thinking").unwrap_or_default(), seal }));
        }
        "redacted_thinking" => {
            let data = block.decoded("data").ok_or_else(|| missing("data"))?;
            let seal = Seal::unwrapped(&data).unwrap_or(Seal::Redacted(data));
            parts.push(Part::Thinking(Thinking { text: Text::default(), seal }));
        }
        "server_tool_use" | "mcp_tool_use" => parts.push(text(told::call(block).into())),
        "tool_addition" | "tool_removal" => {
            return Ok(Block::Tool { adds: kind == "tool_addition", tool: block.part("tool") });
        }
        "compaction" => {
            let summary = block.decoded("content").filter(|summary| !summary.is_empty());
            return Ok(summary.map_or(Block::Read, Block::Summary));
        }
        // Marks where another model went on; it is not shown to the model.
        "fallback" | "mcp_tool_listing" => {}
        "" => return Err(missing("type")),
        kind => {
            let words = told(block);
            if !words.is_empty() {
                parts.push(text(told::titled(kind, words).into()));
            } else if role == Role::User {
                let what = format!("{} of type `{kind}`", place());
                return Err(Refused::no_counterpart(&what, "other"));
            }
        }
    }
    Ok(Block::Read)
}

/// Content inside of a block: a text, or blocks.
fn nested<'a>(
    depth: u8,
    content: &'a str,
    role: Role,
    place: &dyn Fn() -> String,
    parts: &mut Vec<Part<'a>>,
) -> Result<(), Refused> {
    if let Some(text) = json::word(content) {
        if !text.is_empty() {
            parts.push(Part::Text { text, cache: None });
        }
        return Ok(());
    }
    if depth >= DEEPEST {
        return Err(Refused(format!("`{}` holds blocks inside of blocks inside of blocks", place())));
    }
    let blocks = json::objects(content)
        .map_err(|_| Refused(format!("`{}.content` must be a string or an array of blocks", place())))?;
    for (at, block) in blocks.iter().enumerate() {
        read_at(depth + 1, block, role, &|| format!("{}.content[{at}]", place()), parts)?;
    }
    Ok(())
}

fn image<'a>(block: &Members<'a>) -> Option<Media<'a>> {
    let source = Members::of(block.part("source")?).ok()?;
    let (kind, source) = match source.word("type").as_deref()? {
        "base64" => (source.decoded("media_type"), Source::Base64(source.decoded("data")?)),
        "url" => (None, Source::Url(source.decoded("url")?)),
        "file" => (None, Source::File(source.decoded("file_id")?)),
        _ => return None,
    };
    Some(Media {
        kind: kind.unwrap_or("image/*".into()),
        source,
        title: None,
        detail: None,
        cache: block.given_part("cache_control").map(Json::Borrowed),
    })
}

fn document<'a>(
    depth: u8,
    block: &Members<'a>,
    role: Role,
    place: &dyn Fn() -> String,
    parts: &mut Vec<Part<'a>>,
) -> Result<(), Refused> {
    let wrong = || Refused(format!("`{}.source` of a document is missing or of an unknown type", place()));
    let source = block.part("source").and_then(|text| Members::of(text).ok()).ok_or_else(wrong)?;
    let plain = |text| Part::Text { text, cache: None };
    let given = |key| block.decoded(key).filter(|text: &Text<'_>| !text.is_empty());
    parts.extend(given("context").map(plain));
    let (kind, found) = match source.word("type").as_deref() {
        Some("base64") => {
            (source.decoded("media_type").unwrap_or(PDF.into()), source.decoded("data").map(Source::Base64))
        }
        Some("text") => ("text/plain".into(), source.decoded("data").map(Source::Plain)),
        Some("url") => (PDF.into(), source.decoded("url").map(Source::Url)),
        Some("file") => (PDF.into(), source.decoded("file_id").map(Source::File)),
        Some("content") => {
            parts.extend(given("title").map(plain));
            return nested(depth, source.part("content").ok_or_else(wrong)?, role, place, parts);
        }
        _ => return Err(wrong()),
    };
    parts.push(Part::Media(Media {
        kind,
        source: found.ok_or_else(wrong)?,
        title: given("title"),
        detail: None,
        cache: block.given_part("cache_control").map(Json::Borrowed),
    }));
    Ok(())
}

const PDF: &str = "application/pdf";
