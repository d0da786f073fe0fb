//! What a model takes, by its name.
//!
//! The API refuses whole requests over settings that a model has lost or never had. The rows follow the vendor's pages
//! "Migrating to …", "What's new in …" and "Models overview" up to Claude 5.5, and its SDK 2.12.0. A Claude whose
//! name has no version is taken for the newest, which refuses most; a model of somebody else behind this dialect for
//! one of the first that could think, which is what such servers were made after.

use crate::form::Level;

/// What a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Model {
    /// How it is told to think.
    pub thinks: Thinks,
    /// How it is told not to.
    pub off: Off,
    /// Levels of `output_config.effort`.
    pub levels: &'static [Level],
    /// `temperature`, `top_p` and `top_k` other than the defaults.
    pub samples: Samples,
    /// `tool_choice` `any` and `tool`; never while it thinks.
    pub forced: bool,
    /// A last turn of the assistant, which it goes on with.
    pub prefill: bool,
    /// Messages of the role `system` behind one of the user.
    pub system_inside: bool,
    /// `output_config.format` and `strict` tools.
    pub schemas: bool,
    /// Most tokens of an answer; `u64::MAX` where it is not known.
    pub longest: u64,
    /// The limit of an answer where nobody names one: enough for a long file, and no reservation of everything.
    pub usual: u64,
}

/// How a model is told to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thinks {
    /// It cannot.
    Never,
    /// `enabled`, with a budget.
    Budget,
    /// `adaptive`, when asked.
    Adaptive,
    /// `adaptive`, also unasked; `display` decides whether its words are shown.
    Unasked,
}

/// How a model is told not to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Off {
    /// By saying nothing.
    Unasked,
    /// `disabled`.
    Disabled,
    /// `between_tools`.
    BetweenTools,
    /// It always thinks.
    Never,
}

/// Which settings of sampling a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Samples {
    /// All.
    All,
    /// `temperature` or `top_p`, not both.
    One,
    /// None.
    None,
}

const LOW_TO_HIGH: &[Level] = &[Level::Low, Level::Medium, Level::High];
const AND_MAX: &[Level] = &[Level::Low, Level::Medium, Level::High, Level::Max];
const ALL: &[Level] = &[Level::Low, Level::Medium, Level::High, Level::XHigh, Level::Max];

/// Of somebody else.
const FOREIGN: Model = Model {
    thinks: Thinks::Budget,
    off: Off::Unasked,
    levels: &[],
    samples: Samples::All,
    forced: true,
    prefill: true,
    system_inside: false,
    // They ignore members that they do not know, and so would the answer the schema.
    schemas: false,
    longest: u64::MAX,
    usual: 16_384,
};
const FIRST: Model = Model { thinks: Thinks::Never, longest: 4_096, usual: 4_096, ..FOREIGN };
const V3_5: Model = Model { longest: 8_192, usual: 8_192, ..FIRST };
const V3_7: Model = Model { thinks: Thinks::Budget, longest: 64_000, usual: 32_000, ..FIRST };
const OPUS_4: Model = Model { longest: 32_000, ..V3_7 };
const V4_5: Model = Model { samples: Samples::One, schemas: true, ..V3_7 };
const V4_6: Model =
    Model { thinks: Thinks::Adaptive, levels: LOW_TO_HIGH, prefill: false, longest: 128_000, ..V4_5 };
const V4_7: Model = Model { levels: ALL, samples: Samples::None, ..V4_6 };
const V5: Model = Model { thinks: Thinks::Unasked, off: Off::Disabled, system_inside: true, ..V4_7 };
const NEWEST: Model = Model { off: Off::Never, forced: false, ..V5 };

/// The newest row first; the first whose family is in the name and whose version is not above counts.
const ROWS: [(&str, (u32, u32), Model); 14] = [
    ("sonnet", (5, 5), Model { off: Off::BetweenTools, ..NEWEST }),
    ("haiku", (5, 5), Model { off: Off::Disabled, ..NEWEST }),
    ("", (5, 1), NEWEST),
    ("fable", (5, 0), NEWEST),
    ("mythos", (0, 0), NEWEST),
    ("", (5, 0), V5),
    ("", (4, 8), Model { system_inside: true, ..V4_7 }),
    ("", (4, 7), V4_7),
    ("opus", (4, 6), Model { levels: AND_MAX, ..V4_6 }),
    ("", (4, 6), V4_6),
    ("opus", (4, 5), Model { levels: LOW_TO_HIGH, ..V4_5 }),
    ("", (4, 5), V4_5),
    ("opus", (4, 1), Model { samples: Samples::One, schemas: true, ..OPUS_4 }),
    ("opus", (4, 0), OPUS_4),
];

impl Model {
    /// What the model called `name` takes: `claude-opus-4-6`, `anthropic/claude-opus-4.6`,
    /// `us.anthropic.claude-3-7-sonnet-20250219-v1:0`.
    pub(super) fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let Some((_, name)) = name.split_once("claude") else { return FOREIGN };
        let Some(version) = version(name) else { return NEWEST };
        let row = ROWS.iter().find(|(family, from, _)| name.contains(family) && version >= *from);
        match row {
            Some((_, _, model)) => *model,
            None if version >= (3, 7) => V3_7,
            None if version >= (3, 5) => V3_5,
            None => FIRST,
        }
    }

    /// Whether it thinks in answers to requests that do not ask for it.
    pub(super) fn thinks_unasked(&self) -> bool {
        self.thinks == Thinks::Unasked
    }
}

/// The first number in a name, and the one right behind it; dates are none.
fn version(name: &str) -> Option<(u32, u32)> {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let number = |word: &str| word.parse::<u32>().ok().filter(|_| word.len() <= 2);
    let major = words.by_ref().find_map(number)?;
    Some((major, words.next().and_then(number).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_every_spelling_of_a_name() {
        for (name, want) in [
            ("-opus-4-6", Some((4, 6))),
            ("-opus-4.6", Some((4, 6))),
            ("-3-7-sonnet-20250219", Some((3, 7))),
            ("-3-haiku-20240307", Some((3, 0))),
            ("-opus-4-20250514", Some((4, 0))),
            ("-opus-4@20250514", Some((4, 0))),
            ("-4-opus-20250514", Some((4, 0))),
            ("-sonnet-4-5-20250929-v1:0", Some((4, 5))),
            ("-opus-4-6-v1", Some((4, 6))),
            ("-haiku-5-5", Some((5, 5))),
            ("-sonnet-latest", None),
            ("-mythos-preview", None),
        ] {
            assert_eq!(version(name), want, "{name}");
        }
    }

    #[test]
    fn each_model_has_its_row() {
        for (name, want) in [
            ("claude-3-haiku-20240307", FIRST),
            ("claude-3-5-sonnet-20241022", V3_5),
            ("claude-3-7-sonnet-latest", V3_7),
            ("claude-sonnet-4-20250514", V3_7),
            ("claude-opus-4-1-20250805", Model { samples: Samples::One, schemas: true, ..OPUS_4 }),
            ("claude-haiku-4-5-20251001", V4_5),
            ("claude-opus-4-5", Model { levels: LOW_TO_HIGH, ..V4_5 }),
            ("claude-sonnet-4-6", V4_6),
            ("us.anthropic.claude-opus-4-7", V4_7),
            ("anthropic/claude-opus-5", V5),
            ("claude-fable-5", NEWEST),
            ("claude-opus-5-5", NEWEST),
            ("claude-sonnet-5-5", Model { off: Off::BetweenTools, ..NEWEST }),
            ("claude-haiku-5-5", Model { off: Off::Disabled, ..NEWEST }),
            ("claude-mythos-preview", NEWEST),
            ("claude-sonnet-latest", NEWEST),
            ("claude-opus-6", NEWEST),
            ("deepseek-chat", FOREIGN),
        ] {
            assert_eq!(Model::of(name), want, "{name}");
        }
    }
}
