//! Attempts of a request as JSON: one column, read by people and by SQLite's own functions alike. What is empty or 0
//! is left out, so that the usual single attempt takes some 80 bytes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use zephyr_core::usage::{AttemptRecord, Tokens};

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
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn no_money(nanos: &i64) -> bool {
    *nanos == 0
}

/// The JSON of these attempts.
pub(super) fn to_json(attempts: &[AttemptRecord]) -> serde_json::Result<String> {
    let kept: Vec<Kept<'_>> = attempts
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
            }
        })
        .collect();
    serde_json::to_string(&kept)
}

/// The attempts of this JSON.
pub(super) fn of_json(json: &str) -> serde_json::Result<Vec<AttemptRecord>> {
    let kept: Vec<Kept<'_>> = serde_json::from_str(json)?;
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
        }
    });
    Ok(attempts.collect())
}
