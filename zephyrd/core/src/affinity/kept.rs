//! What of the conversations outlives the process: the most recently used, their endpoints by name.

use serde::{Deserialize, Serialize};

use super::table::{Cache, Session, Sessions, millis};
use crate::engine::EndpointId;
use crate::time::Now;

/// Most conversations that are kept.
const MOST: usize = 1_000;

/// One conversation as it is kept: a hash, and what was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSession {
    /// Its hash.
    pub key: u64,
    /// Where it is, by name.
    pub endpoint: String,
    /// Where it was before, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// When it was used last, Unix milliseconds.
    pub last_unix_ms: i64,
    /// Requests answered.
    pub requests: u32,
    /// Its cache lasts an hour.
    #[serde(default)]
    pub hour: bool,
    /// What its cache holds, where that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<KeptCache>,
    /// Endpoints that refuse thinking which others wrote, by name, and the hash of its last piece.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<(String, u64)>,
}

/// The cache of a kept conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCache {
    /// Hash of the model.
    pub model: u64,
    /// Tokens.
    pub tokens: u64,
    /// What the last request cost, in nano-dollars.
    pub request_nanos: i64,
    /// What the rebuild would cost, in nano-dollars before an endpoint's factor.
    pub rebuild_nanos: i64,
}

impl Sessions {
    /// The most recently used conversations whose endpoints `name` still knows; of those that nobody has answered
    /// there is nothing to keep.
    pub(crate) fn export(&self, now: Now, name: impl Fn(EndpointId) -> Option<String>) -> Vec<KeptSession> {
        let kept = |(key, session): (u64, &Session)| {
            let age = millis(now.mono).saturating_sub(session.last_ms);
            let cache = session.cache.map(|c| KeptCache {
                model: c.model,
                tokens: c.tokens,
                request_nanos: c.request_nanos,
                rebuild_nanos: c.rebuild_nanos,
            });
            Some(KeptSession {
                key,
                endpoint: name(session.home)?,
                before: session.before.and_then(&name),
                last_unix_ms: now.unix_ms.saturating_sub(age),
                requests: session.requests,
                hour: session.hour,
                cache,
                cuts: session
                    .cuts
                    .iter()
                    .flatten()
                    .filter_map(|(id, last)| Some((name(*id)?, *last)))
                    .collect(),
            })
        };
        self.recent().filter(|(_, session)| session.requests > 0).filter_map(kept).take(MOST).collect()
    }

    /// Takes up what an earlier process knew; endpoints that `id` does not know are dropped, and a time in the future
    /// counts as now.
    pub(crate) fn import(&mut self, kept: &[KeptSession], now: Now, id: impl Fn(&str) -> Option<EndpointId>) {
        for one in kept.iter().take(MOST).rev() {
            let Some(home) = id(&one.endpoint) else { continue };
            let age = now.unix_ms.saturating_sub(one.last_unix_ms).max(0);
            let mut session = Session::new(home, millis(now.mono).saturating_sub(age));
            session.before = one.before.as_deref().and_then(&id);
            (session.requests, session.hour) = (one.requests, one.hour);
            session.cache = one.cache.map(|c| Cache {
                model: c.model,
                tokens: c.tokens,
                request_nanos: c.request_nanos,
                rebuild_nanos: c.rebuild_nanos,
            });
            let mut cuts = one.cuts.iter().filter_map(|(name, last)| Some((id(name)?, *last)));
            session.cuts = [cuts.next(), cuts.next()];
            if self.get(one.key).is_none() {
                self.insert(one.key, session, now.mono);
            }
        }
    }
}
