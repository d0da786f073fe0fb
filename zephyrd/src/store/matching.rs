//! Whether a filter lets a request through: one meaning for every kind of store.
//!
//! `*` stands for any characters, `?` for one; case does not matter, nothing can be escaped. A request without an
//! endpoint, group, client or session has an empty name there: `*` matches it, and so does the empty pattern.

use wildmatch::WildMatch;
use zephyr_core::usage::{Filter, Operation, UsageRecord};

/// A pattern for names.
struct Pattern {
    glob: WildMatch,
    /// The name itself where nothing in it is special: a year has many sessions, and this is fast.
    plain: Option<String>,
}

impl Pattern {
    fn new(text: &str) -> Self {
        let plain = text.is_ascii() && !text.contains(['*', '?']);
        Self { glob: WildMatch::new_case_insensitive(text), plain: plain.then(|| text.to_owned()) }
    }

    fn matches(&self, name: &str) -> bool {
        match &self.plain {
            Some(plain) if name.is_ascii() => plain.eq_ignore_ascii_case(name),
            _ => self.glob.matches(name),
        }
    }
}

/// A filter, ready to match.
pub(crate) struct Matcher {
    /// Came at or after this, Unix milliseconds.
    pub(super) since: Option<i64>,
    /// Came before this, Unix milliseconds.
    pub(super) until: Option<i64>,
    model: Option<Pattern>,
    endpoint: Option<Pattern>,
    group: Option<Pattern>,
    client: Option<Pattern>,
    session: Option<Pattern>,
    everything: bool,
}

impl Matcher {
    pub(crate) fn new(filter: &Filter) -> Self {
        let pattern = |text: &Option<String>| text.as_deref().map(Pattern::new);
        Self {
            since: filter.since_unix_ms,
            until: filter.until_unix_ms,
            model: pattern(&filter.model),
            endpoint: pattern(&filter.endpoint),
            group: pattern(&filter.group),
            client: pattern(&filter.client),
            session: pattern(&filter.session),
            everything: filter.everything,
        }
    }

    /// Whether it looks at sessions at all.
    pub(super) fn names_session(&self) -> bool {
        self.session.is_some()
    }

    /// Everything but time and session.
    pub(crate) fn names(
        &self,
        model: &str,
        endpoint: Option<&str>,
        group: Option<&str>,
        client: &str,
        generate: bool,
    ) -> bool {
        (self.everything || generate)
            && matches(&self.model, model)
            && matches(&self.endpoint, endpoint.unwrap_or_default())
            && matches(&self.group, group.unwrap_or_default())
            && matches(&self.client, client)
    }

    pub(crate) fn session(&self, session: Option<&str>) -> bool {
        matches(&self.session, session.unwrap_or_default())
    }

    /// Endpoint of a probe.
    pub(super) fn probed(&self, endpoint: &str) -> bool {
        matches(&self.endpoint, endpoint)
    }

    pub(super) fn time(&self, unix_ms: i64) -> bool {
        self.since.is_none_or(|since| unix_ms >= since) && self.until.is_none_or(|until| unix_ms < until)
    }

    /// Whether it lets this request through.
    pub(crate) fn record(&self, record: &UsageRecord) -> bool {
        let generate = record.operation == Operation::Generate;
        self.time(record.started_unix_ms)
            && self.names(
                &record.model,
                record.endpoint.as_deref(),
                record.group.as_deref(),
                &record.client,
                generate,
            )
            && self.session(record.session.as_deref())
    }
}

fn matches(pattern: &Option<Pattern>, name: &str) -> bool {
    pattern.as_ref().is_none_or(|pattern| pattern.matches(name))
}
