//! What survives a restart: what it is made of, and how its times are told to another process.
//!
//! Every part belongs to the file that knows what it means, is `serde(default)`, and names endpoints by name, never by
//! id. Times are on the wall clock, because the monotonic one begins anew with each process; [`Since`] takes them
//! back. What an earlier process learnt of an endpoint holds only where the endpoint is still the same one
//! ([`Engine::remembered`]): a new key or another URL begins with nothing known.

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;

use super::slot::Slot;
use super::{Admin, Engine, KeptLimits, Mode, Rests, TiersMemory};
use crate::affinity::KeptSession;
use crate::config::{Auth, CredentialValue, Endpoint, Scheme};
use crate::time::Now;

/// The version of [`Memory`] that this program writes.
pub const MEMORY_VERSION: u32 = 2;

/// What survives a restart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Format of this record: [`MEMORY_VERSION`]. What version 1 had is there still.
    pub version: u32,
    /// When it was made, Unix milliseconds; 0 = version 1, which has no times.
    pub saved_unix_ms: i64,
    /// The pin.
    pub mode: Mode,
    /// Monitoring paused.
    pub monitoring_paused: bool,
    /// Endpoints and groups that are paused or drained, by name.
    pub paused: Vec<(String, Admin)>,
    /// Groups, ends of pauses, and priorities.
    pub tiers: TiersMemory,
    /// What makes an endpoint the one that something is remembered of: see `fingerprint`.
    pub places: BTreeMap<String, u64>,
    /// What was counted, by endpoint.
    pub counters: BTreeMap<String, Counters>,
    /// Where conversations are, the most recently used first.
    pub affinity: Vec<KeptSession>,
    /// Who rests, and what probes have cost.
    pub rests: Rests,
    /// Models that are not asked for, and how often in a row something was refused, by endpoint.
    pub limits: KeptLimits,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            version: MEMORY_VERSION,
            saved_unix_ms: 0,
            mode: Mode::Auto,
            monitoring_paused: false,
            paused: Vec::new(),
            tiers: TiersMemory::default(),
            places: BTreeMap::new(),
            counters: BTreeMap::new(),
            affinity: Vec::new(),
            rests: Rests::default(),
            limits: KeptLimits::default(),
        }
    }
}

/// What was counted of one endpoint since it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counters {
    /// Attempts settled, neutral ones not counted.
    pub attempts: u64,
    /// Those of them that failed.
    pub failures: u64,
    /// Last attempt given out, Unix milliseconds.
    pub last_used_unix_ms: Option<i64>,
}

/// The time that a memory was made and the time that it is taken up.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    saved_unix_ms: i64,
    now: Now,
}

impl Since {
    /// `memory` is taken up `now`.
    #[must_use]
    pub fn new(memory: &Memory, now: Now) -> Self {
        Self { saved_unix_ms: memory.saved_unix_ms, now }
    }

    /// When something ends, on the monotonic clock, that was to end at `unix_ms`; `None` = it is over. Where the wall
    /// clock has been put back meanwhile, no more is left of it than there was when the memory was made.
    #[must_use]
    pub fn until(&self, unix_ms: i64) -> Option<Duration> {
        let passed = self.now.unix_ms.saturating_sub(self.saved_unix_ms).max(0);
        let left = unix_ms.saturating_sub(self.saved_unix_ms).saturating_sub(passed);
        let left = u64::try_from(left).ok().filter(|left| *left > 0)?;
        Some(self.now.mono.saturating_add(Duration::from_millis(left)))
    }

    /// When something was, on the monotonic clock, that was at `unix_ms`: never in the future, and not before that
    /// clock's origin.
    #[must_use]
    pub fn at(&self, unix_ms: i64) -> Duration {
        let ago = u64::try_from(self.now.unix_ms.saturating_sub(unix_ms)).unwrap_or(0);
        self.now.mono.saturating_sub(Duration::from_millis(ago))
    }
}

impl Engine {
    pub(super) fn memorize(&self, now: Now) -> Memory {
        let named = || self.slots.iter().map(|slot| (slot.endpoint.name.clone(), slot));
        Memory {
            version: MEMORY_VERSION,
            saved_unix_ms: now.unix_ms,
            mode: self.mode.clone(),
            monitoring_paused: self.monitoring_paused,
            paused: self.paused.iter().map(|(name, pause)| (name.clone(), pause.admin)).collect(),
            tiers: self.tiers_memory(),
            places: named().map(|(name, slot)| (name, fingerprint(&slot.endpoint))).collect(),
            counters: named()
                .map(|(name, slot)| {
                    let (attempts, failures) = (slot.health.attempts, slot.health.failures);
                    let last_used_unix_ms = slot.last_used_unix_ms;
                    (name, Counters { attempts, failures, last_used_unix_ms })
                })
                .filter(|(_, counters)| *counters != Counters::default())
                .collect(),
            affinity: self.kept_sessions(now),
            rests: self.memorize_rests(now),
            limits: self.memorize_limits(now),
        }
    }

    /// Takes up everything but the operator's orders: what each owner has in the memory is imported here.
    pub(super) fn recall(&mut self, memory: &Memory) {
        let known = self.remembered(memory);
        for (name, counters) in &memory.counters {
            let Some(&at) = known.get(name.as_str()) else { continue };
            let slot = &mut self.slots[at];
            slot.health.attempts = counters.attempts;
            slot.health.failures = counters.failures.min(counters.attempts);
            slot.last_used_unix_ms = counters.last_used_unix_ms;
            self.mark(at);
        }
        self.remember_sessions(&memory.affinity, &known);
    }

    /// Where the endpoints are, by name, that are still the ones that `memory` knows.
    pub(super) fn remembered<'m>(&self, memory: &'m Memory) -> HashMap<&'m str, usize> {
        let same = |(at, slot): (usize, &Slot)| {
            let (name, print) = memory.places.get_key_value(&slot.endpoint.name)?;
            (*print == fingerprint(&slot.endpoint)).then_some((name.as_str(), at))
        };
        self.slots.iter().enumerate().filter_map(same).collect()
    }

    /// What is worth saving has changed since this was asked last. Orders are told by a notice instead, at once.
    pub fn take_unsaved(&mut self) -> bool {
        std::mem::take(&mut self.unsaved)
    }
}

/// What makes an endpoint this one: URL, dialect and credential. Of the credential sixteen bits go in: enough to
/// notice another one, too few to tell anything of it.
fn fingerprint(endpoint: &Endpoint) -> u64 {
    let hash = |what: &dyn Fn(&mut SipHasher24)| {
        let mut hasher = SipHasher24::new();
        what(&mut hasher);
        hasher.finish()
    };
    let place = hash(&|hasher| {
        endpoint.url.to_string().hash(hasher);
        endpoint.dialect.name().hash(hasher);
        match &endpoint.auth {
            Auth::None => "none".hash(hasher),
            Auth::Passthrough => "passthrough".hash(hasher),
            Auth::Key(key) => match &key.scheme {
                Scheme::Bearer => "bearer".hash(hasher),
                Scheme::XApiKey => "x-api-key".hash(hasher),
                Scheme::Header(name) => name.hash(hasher),
            },
        }
    });
    let credential = match &endpoint.auth {
        Auth::Key(key) => hash(&|hasher| match &key.value {
            CredentialValue::Known(secret) => secret.expose().hash(hasher),
            CredentialValue::Command { argv, .. } => argv.hash(hasher),
        }),
        Auth::None | Auth::Passthrough => 0,
    };
    place & !0xFFFF | credential & 0xFFFF
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn now(unix_ms: i64) -> Now {
        Now { mono: Duration::from_secs(1_000), unix_ms }
    }

    fn since(saved: i64, now_unix: i64) -> Since {
        Since::new(&Memory { saved_unix_ms: saved, ..Memory::default() }, now(now_unix))
    }

    #[test]
    fn what_has_not_ended_ends_at_the_same_wall_time() {
        let in_an_hour = Duration::from_secs(1_000 + 3_600);
        assert_eq!(since(0, 10 * HOUR).until(11 * HOUR), Some(in_an_hour));
        assert_eq!(since(9 * HOUR, 10 * HOUR).until(11 * HOUR), Some(in_an_hour));
        assert_eq!(since(9 * HOUR, 11 * HOUR).until(11 * HOUR), None, "it is over to the millisecond");
        assert_eq!(since(9 * HOUR, 90 * HOUR).until(11 * HOUR), None);
    }

    #[test]
    fn a_clock_that_was_put_back_makes_nothing_longer() {
        let left = since(9 * HOUR, HOUR).until(11 * HOUR).expect("it is not over");
        assert_eq!(left, Duration::from_secs(1_000 + 2 * 3_600));
        assert_eq!(since(9 * HOUR, HOUR).at(8 * HOUR), Duration::from_secs(1_000), "the past is not ahead");
    }

    #[test]
    fn times_beyond_all_clocks_are_borne() {
        assert_eq!(since(i64::MIN, i64::MAX).until(i64::MIN), None);
        assert!(since(i64::MIN, i64::MIN).until(i64::MAX).is_some());
        assert_eq!(since(0, i64::MAX).at(i64::MIN), Duration::ZERO);
    }

    #[test]
    fn a_file_of_version_1_is_read_and_what_a_later_one_adds_is_passed_over() {
        let first = r#"{"version":1,"mode":{"Pinned":{"name":"A","fallback":true}},"monitoring_paused":true,
            "paused":[["B","Drained"]]}"#;
        let memory: Memory = serde_json::from_str(first).expect("version 1");
        assert_eq!((memory.paused.len(), memory.monitoring_paused), (1, true));
        assert_eq!(memory.places, BTreeMap::new());
        let later = r#"{"version":2,"what_nobody_knows":[1],"counters":{"A":{"attempts":3,"new":1}}}"#;
        let memory: Memory = serde_json::from_str(later).expect("an unknown field");
        assert_eq!(memory.counters["A"].attempts, 3);
    }
}
