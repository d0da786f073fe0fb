//! One record per request: who asked for what, who answered, what it used and what it cost. No text of a prompt or
//! an answer is ever in it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::tokens::{Tier, Tokens};

/// What is kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A client's request.
    Request(Arc<UsageRecord>),
    /// A probe of ours that cost money.
    Probe(ProbeRecord),
}

/// One request, settled.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UsageRecord {
    /// `req-xxxxxxxx`, as in `X-Request-Id`; unique.
    pub id: String,
    /// When it came, Unix milliseconds.
    pub started_unix_ms: i64,
    /// The day on which it came, where the daemon lives: 20261121.
    pub day: i32,
    /// From its head to the last byte of its answer.
    pub duration_ms: u64,
    /// From its head to the first semantic event or body byte of the answer.
    pub ttft_ms: Option<u64>,
    /// Name of the client whose token it brought; empty where none was asked for.
    pub client: String,
    /// The conversation it belongs to.
    pub session: Option<String>,
    /// The subagent that sent it.
    pub agent: Option<String>,
    /// What the client says it is for: `main`, `compaction`.
    pub class: Option<String>,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// The client's dialect; empty on paths of none.
    pub dialect: String,
    /// What it asked for.
    pub operation: Operation,
    /// It asked for a stream.
    pub stream: bool,
    /// Model asked for; may be empty.
    pub model: String,
    /// Model that the answer names.
    pub answered_model: Option<String>,
    /// The answer names another model than was asked for.
    pub mismatch: bool,
    /// Endpoint that answered, or was asked last.
    pub endpoint: Option<String>,
    /// Its group.
    pub group: Option<String>,
    /// Its provider.
    pub provider: Option<String>,
    /// Status that the client saw; 0 where it saw none.
    pub status: u16,
    /// Status that the last asked endpoint gave; `None` where it gave none.
    pub upstream_status: Option<u16>,
    /// How it ended.
    pub ended: Ended,
    /// One line about what went wrong.
    pub detail: Option<String>,
    /// Why the model stopped, in the vendor's word.
    pub stop: Option<String>,
    /// Where the answer came from.
    pub source: Source,
    /// The request whose upstream call or stored answer served this one.
    pub served_by: Option<String>,
    /// Size of the request's body.
    pub bytes_in: u64,
    /// Size of the answer's body.
    pub bytes_out: u64,
    /// What the answer used; of a shared or stored answer too, where nothing was paid.
    pub tokens: Tokens,
    /// How much of that is known.
    pub usage: UsageState,
    /// What sort of service was billed.
    pub tier: Tier,
    /// What this request cost, failed attempts included, in nano-dollars.
    pub cost_nanos: i64,
    /// The part of the cost that attempts without an answer caused.
    pub lost_nanos: i64,
    /// What was not paid because another request's answer served it.
    pub saved_nanos: i64,
    /// What the vendor's prompt cache spared: reads against the input price, less the surcharge of writes; may be
    /// negative.
    pub cache_saved_nanos: i64,
    /// Where the price came from.
    pub price_source: PriceSource,
    /// Every attempt in order.
    pub attempts: Vec<AttemptRecord>,
}

impl UsageRecord {
    /// How it went.
    #[must_use]
    pub fn went(&self) -> Went {
        match self.ended {
            Ended::Cancelled => Went::Cancelled,
            Ended::Complete if (200..400).contains(&self.status) => Went::Succeeded,
            _ => Went::Failed,
        }
    }

    /// It went as the client wished.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.went() == Went::Succeeded
    }

    /// It went wrong, and the client did not leave of itself.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.went() == Went::Failed
    }
}

/// One attempt at one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// Whom it asked.
    pub endpoint: String,
    /// When, after the request's start.
    pub after_ms: u64,
    /// How long it took.
    pub duration_ms: u64,
    /// Status that the endpoint gave.
    pub status: Option<u16>,
    /// How it ended: a class of the outcome table.
    pub class: String,
    /// One line about what went wrong.
    pub detail: Option<String>,
    /// The endpoint may have billed it.
    pub may_be_billed: bool,
    /// What it used, as far as it told.
    pub tokens: Tokens,
    /// What that cost, in nano-dollars.
    pub cost_nanos: i64,
    /// Model that the endpoint was asked for, where that is another than the client asked for. What it used is priced
    /// by this one.
    pub model: Option<String>,
    /// Dialect that the endpoint was asked in, where that is another than the client's.
    pub dialect: Option<String>,
}

/// A probe that cost money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeRecord {
    /// When, Unix milliseconds.
    pub unix_ms: i64,
    /// The day, as in [`UsageRecord::day`].
    pub day: i32,
    /// Whom it asked.
    pub endpoint: String,
    /// Model.
    pub model: String,
    /// What it used.
    pub tokens: Tokens,
    /// What it cost, in nano-dollars.
    pub cost_nanos: i64,
}

macro_rules! names {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$vmeta])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in records, reports and the log.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one of this name.
            #[must_use]
            pub fn of_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.name() == name)
            }
        }
    };
}

names! {
    /// How a request ended.
    Ended {
        /// The client went away (also what is written when nothing else was said).
        #[default]
        Cancelled = "cancelled",
        /// An answer went out whole, whatever its status.
        Complete = "complete",
        /// The upstream died inside the answer.
        Cut = "cut",
        /// The gateway answered with an error of its own.
        Refused = "refused",
    }
}

names! {
    /// How a request went.
    Went {
        /// As the client wished.
        #[default]
        Succeeded = "succeeded",
        /// Wrong, and the client did not leave of itself.
        Failed = "failed",
        /// The client left.
        Cancelled = "cancelled",
    }
}

names! {
    /// What a request asked for.
    Operation {
        /// Tokens.
        #[default]
        Generate = "generate",
        /// A count of input tokens.
        CountTokens = "count-tokens",
        /// The list of models.
        Models = "models",
        /// Anything else.
        Other = "other",
    }
}

names! {
    /// Where an answer came from.
    Source {
        /// An endpoint, asked for this request.
        #[default]
        Endpoint = "endpoint",
        /// An identical request that was on its way already.
        Shared = "shared",
        /// The response cache.
        Cache = "cache",
    }
}

names! {
    /// How much is known of what an answer used.
    UsageState {
        /// Nothing.
        #[default]
        None = "none",
        /// What had come when it broke off.
        Partial = "partial",
        /// The vendor's last word.
        Final = "final",
    }
}

names! {
    /// Where a price came from.
    PriceSource {
        /// Nothing was priced.
        #[default]
        None = "none",
        /// The table that comes with the daemon.
        Builtin = "builtin",
        /// `[[prices]]` of the config.
        Config = "config",
        /// The model is in neither: the default price was taken.
        Default = "default",
    }
}
