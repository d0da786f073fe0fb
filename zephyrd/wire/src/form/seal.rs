//! What the author of a piece of thinking wants back with it, and how it travels through a dialect that has no field
//! for it.
//!
//! Endpoints sign or encrypt thinking and want it back unchanged on the next turn; a client keeps what it was given
//! and repeats it. So the seal of one dialect is written into the opaque field of the other, behind a mark of ours that
//! says whose it is, and comes out again on the way back. A seal that reaches an endpoint which did not write it is
//! left out there.

use super::{Json, Text};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Seal<'a> {
    /// Nothing is wanted back (DeepSeek and others, whose thinking is plain text).
    #[default]
    None,
    /// Anthropic's `signature` of a `thinking` block.
    Signature(Text<'a>),
    /// Anthropic's `data` of a `redacted_thinking` block.
    Redacted(Text<'a>),
    /// A `reasoning` item of Responses.
    Item {
        /// Its `id`.
        id: Text<'a>,
        /// Its `encrypted_content`; empty where it has none.
        content: Text<'a>,
    },
    /// `reasoning_details` of Chat Completions (OpenRouter and those who follow it): their array, as it came.
    Details(Json<'a>),
}

const MARK: &str = "zephyr-";
const SIGNATURE: &str = "signature:";
const REDACTED: &str = "redacted:";
const ITEM: &str = "item:";
const DETAILS: &str = "details:";

impl<'a> Seal<'a> {
    /// The seal as the opaque text of another dialect's field; empty for [`Seal::None`].
    #[must_use]
    pub fn wrapped(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Signature(text) => format!("{MARK}{SIGNATURE}{text}"),
            Self::Redacted(text) => format!("{MARK}{REDACTED}{text}"),
            Self::Item { id, content } => format!("{MARK}{ITEM}{id}:{content}"),
            Self::Details(json) => format!("{MARK}{DETAILS}{json}"),
        }
    }

    /// What [`Seal::wrapped`] wrote; `None` for everything else: then the field is its dialect's own.
    #[must_use]
    pub fn unwrapped(field: &str) -> Option<Seal<'static>> {
        let rest = field.strip_prefix(MARK)?;
        let own = |text: &str| Text::Owned(text.to_owned());
        if let Some(text) = rest.strip_prefix(SIGNATURE) {
            Some(Seal::Signature(own(text)))
        } else if let Some(text) = rest.strip_prefix(REDACTED) {
            Some(Seal::Redacted(own(text)))
        } else if let Some((id, content)) = rest.strip_prefix(ITEM).and_then(|item| item.split_once(':')) {
            Some(Seal::Item { id: own(id), content: own(content) })
        } else {
            let json = rest.strip_prefix(DETAILS)?;
            serde_json::from_str::<serde::de::IgnoredAny>(json).ok()?;
            Some(Seal::Details(own(json)))
        }
    }

    /// Whether nothing is wanted back.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// A copy that outlives the bytes that it was read from.
    #[must_use]
    pub fn into_owned(self) -> Seal<'static> {
        let own = |text: Text<'a>| Text::Owned(text.into_owned());
        match self {
            Self::None => Seal::None,
            Self::Signature(text) => Seal::Signature(own(text)),
            Self::Redacted(text) => Seal::Redacted(own(text)),
            Self::Item { id, content } => Seal::Item { id: own(id), content: own(content) },
            Self::Details(json) => Seal::Details(own(json)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_comes_back_as_it_was() {
        for seal in [
            Seal::Signature("Eq==".into()),
            Seal::Redacted("b64+/".into()),
            Seal::Item { id: "rs_1".into(), content: "gAAA:x==".into() },
            Seal::Item { id: "rs_1".into(), content: "".into() },
            Seal::Details(r#"[{"type":"reasoning.text","text":"a"}]"#.into()),
        ] {
            assert_eq!(Seal::unwrapped(&seal.wrapped()), Some(seal));
        }
    }

    #[test]
    fn what_a_vendor_wrote_is_no_seal_of_ours() {
        for field in ["", "EqQBCkYIBRgC", "zephyr-", "zephyr-item:x", "zephyr-details:{"] {
            assert_eq!(Seal::unwrapped(field), None, "{field}");
        }
    }
}
