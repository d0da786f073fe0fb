//! Attempts of a request as JSON: one column, read by people and by SQLite's own functions alike. What is empty or 0
//! is left out. A single attempt of which the request's own columns tell everything, which nearly all are, is kept as
//! an empty text.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use zephyr_core::failover::Class;
use zephyr_core::usage::{AttemptRecord, Tokens, UsageRecord};

#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    #[serde(default, skip_serializing_if = "str::is_empty")]
    endpoint: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "zero")]
    after_ms: u64,
    #[serde(default, skip_serializing_if = "zero")]
    ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    class: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    billed: bool,
    /// In the order of [`Tokens::fields`], zeros at the end left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tokens: Vec<u64>,
    #[serde(default, skip_serializing_if = "no_money")]
    nanos: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dialect: Option<Cow<'a, str>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn no_money(nanos: &i64) -> bool {
    *nanos == 0
}

/// The text of the attempts of `record`.
pub(super) fn to_text(record: &UsageRecord) -> String {
    if is_plain(record) {
        return String::new();
    }
    let kept: Vec<Kept<'_>> = record
        .attempts
        .iter()
        .map(|a| {
            let mut tokens = Vec::new();
            if !a.tokens.is_empty() {
                tokens.extend(a.tokens.fields());
                tokens.truncate(tokens.iter().rposition(|n| *n != 0).map_or(0, |last| last + 1));
            }
            Kept {
                endpoint: a.endpoint.as_str().into(),
                after_ms: a.after_ms,
                ms: a.duration_ms,
                status: a.status,
                class: a.class.as_str().into(),
                detail: a.detail.as_deref().map(Into::into),
                billed: a.may_be_billed,
                tokens,
                nanos: a.cost_nanos,
                model: a.model.as_deref().map(Into::into),
                dialect: a.dialect.as_deref().map(Into::into),
            }
        })
        .collect();
    // Texts and numbers: there is nothing that JSON cannot say.
    serde_json::to_string(&kept).unwrap_or_else(|_| "[]".to_owned())
}

/// Whether [`plain`] gives back the attempts of `record`.
fn is_plain(record: &UsageRecord) -> bool {
    let [attempt] = &record.attempts[..] else { return false };
    attempt.class == Class::Ok.name()
        && attempt.may_be_billed
        && attempt.after_ms == 0
        && attempt.detail.is_none()
        && attempt.model.is_none()
        && attempt.dialect.is_none()
        && attempt.duration_ms == record.duration_ms
        && attempt.status == record.upstream_status
        && attempt.cost_nanos == record.cost_nanos
        && attempt.tokens == record.tokens
        && Some(&attempt.endpoint) == record.endpoint.as_ref()
}

/// The one attempt of a request that was answered at once, by whom and as the request's own columns tell.
fn plain(record: &UsageRecord) -> AttemptRecord {
    AttemptRecord {
        endpoint: record.endpoint.clone().unwrap_or_default(),
        after_ms: 0,
        duration_ms: record.duration_ms,
        status: record.upstream_status,
        class: Class::Ok.name().to_owned(),
        detail: None,
        may_be_billed: true,
        tokens: record.tokens,
        cost_nanos: record.cost_nanos,
        model: None,
        dialect: None,
    }
}

/// The attempts that this text keeps for `record`, whose other columns are read already.
pub(super) fn of_text(text: &str, record: &UsageRecord) -> serde_json::Result<Vec<AttemptRecord>> {
    if text.is_empty() {
        return Ok(vec![plain(record)]);
    }
    let kept: Vec<Kept<'_>> = serde_json::from_str(text)?;
    let attempts = kept.into_iter().map(|a| {
        let mut tokens = Tokens::default();
        for (field, number) in tokens.fields_mut().into_iter().zip(a.tokens) {
            *field = number;
        }
        AttemptRecord {
            endpoint: a.endpoint.into_owned(),
            after_ms: a.after_ms,
            duration_ms: a.ms,
            status: a.status,
            class: a.class.into_owned(),
            detail: a.detail.map(Into::into),
            may_be_billed: a.billed,
            tokens,
            cost_nanos: a.nanos,
            model: a.model.map(Into::into),
            dialect: a.dialect.map(Into::into),
        }
    });
    Ok(attempts.collect())
}

#[cfg(test)]
mod tests {
    use zephyr_core::usage::Tokens;

    use super::*;
    use crate::store::suite::record;

    fn answered() -> UsageRecord {
        let mut record = record(1, |r| {
            r.endpoint = Some("Login".to_owned());
            r.upstream_status = Some(200);
            r.duration_ms = 17;
            r.tokens = Tokens { input: 3, output: 4, ..Tokens::default() };
            r.cost_nanos = 5;
        });
        record.attempts = vec![plain(&record)];
        record
    }

    #[test]
    fn an_attempt_like_its_request_takes_no_text() {
        let record = answered();
        assert_eq!(to_text(&record), "");
        assert_eq!(of_text("", &record).unwrap(), record.attempts);
    }

    #[test]
    fn what_differs_in_anything_is_kept_as_it_is() {
        let changes: [fn(&mut AttemptRecord); 11] = [
            |a| a.endpoint = "Key".to_owned(),
            |a| a.after_ms = 1,
            |a| a.duration_ms = 16,
            |a| a.status = None,
            |a| a.class = "cut".to_owned(),
            |a| a.detail = Some(String::new()),
            |a| a.may_be_billed = false,
            |a| a.tokens.output = 5,
            |a| a.cost_nanos = 6,
            |a| a.model = Some("m".to_owned()),
            |a| a.dialect = Some(String::new()),
        ];
        for change in changes {
            let mut record = answered();
            change(&mut record.attempts[0]);
            let text = to_text(&record);
            assert_ne!(text, "", "{record:?}");
            assert_eq!(of_text(&text, &record).unwrap(), record.attempts);
        }
        let none = UsageRecord { attempts: Vec::new(), ..answered() };
        assert_eq!(of_text(&to_text(&none), &none).unwrap(), none.attempts);
    }
}
