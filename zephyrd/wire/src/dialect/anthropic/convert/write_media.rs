//! Writes images and documents. The API takes images, PDF files and plain text; ids of files are its own alone.

use crate::form::{Media, Refused, Source};
use crate::whole::json::{quote, quoted};

const NAME: &str = "Anthropic";

/// Appends the block of a medium, its brace left open.
pub(super) fn write(media: &Media<'_>, out: &mut Vec<u8>) -> Result<(), Refused> {
    let kind = media.kind.as_ref();
    let is_image = kind.starts_with("image/");
    let is_document = matches!(kind, "application/pdf" | "application/*" | "*/*");
    let block = match &media.source {
        Source::File(_) => return Err(Refused::no_counterpart("the id of a file", NAME)),
        Source::Plain(text) => {
            source("document", r#"{"type":"text","media_type":"text/plain","data":"#, text, out);
            "document"
        }
        Source::Base64(data) if is_image => {
            let kind = if kind == "image/*" { sniffed(data) } else { kind };
            source(
                "image",
                &format!(r#"{{"type":"base64","media_type":{},"data":"#, quoted(kind)),
                data,
                out,
            );
            "image"
        }
        Source::Base64(data) if is_document => {
            let head = r#"{"type":"base64","media_type":"application/pdf","data":"#;
            source("document", head, data, out);
            "document"
        }
        Source::Url(url) if is_image || is_document => {
            let block = if is_image { "image" } else { "document" };
            source(block, r#"{"type":"url","url":"#, url, out);
            block
        }
        Source::Base64(_) | Source::Url(_) => {
            return Err(Refused::no_counterpart(&format!("content of the type {kind}"), NAME));
        }
    };
    if let Some(title) = media.title.as_deref().filter(|title| block == "document" && !title.is_empty()) {
        out.extend_from_slice(br#","title":"#);
        quote(out, title);
    }
    Ok(())
}

fn source(block: &str, head: &str, data: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"type":""#);
    out.extend_from_slice(block.as_bytes());
    out.extend_from_slice(br#"","source":"#);
    out.extend_from_slice(head.as_bytes());
    quote(out, data);
    out.push(b'}');
}

/// What the image is by its first bytes, in base64.
fn sniffed(data: &str) -> &'static str {
    match data.as_bytes() {
        [b'/', b'9', b'j', b'/', ..] => "image/jpeg",
        [b'R', b'0', b'l', b'G', ..] => "image/gif",
        [b'U', b'k', b'l', b'G', ..] => "image/webp",
        _ => "image/png",
    }
}
