//! How much memory an entry takes, roughly: what is kept in memory is bounded by it.

use std::mem::size_of;

use zephyr_core::usage::{AttemptRecord, ProbeRecord, UsageRecord};

/// What the allocator adds to each piece, about.
const PIECE: usize = 16;

/// Bytes of a record with all it points to.
pub(super) fn request(record: &UsageRecord) -> usize {
    let always = [&record.id, &record.client, &record.method, &record.path, &record.dialect, &record.model];
    let sometimes = [
        &record.session,
        &record.agent,
        &record.class,
        &record.answered_model,
        &record.endpoint,
        &record.group,
        &record.provider,
        &record.detail,
        &record.stop,
        &record.served_by,
    ];
    let attempts = record.attempts.iter().map(|a| {
        let sometimes = [&a.detail, &a.model, &a.dialect];
        let sometimes = sometimes.into_iter().flatten().map(|t| text(t)).sum::<usize>();
        size_of::<AttemptRecord>() + text(&a.endpoint) + text(&a.class) + sometimes
    });
    size_of::<UsageRecord>()
        + PIECE
        + always.into_iter().map(|t| text(t)).sum::<usize>()
        + sometimes.into_iter().flatten().map(|t| text(t)).sum::<usize>()
        + attempts.sum::<usize>()
}

/// Bytes of a probe with all it points to.
pub(super) fn probe(probe: &ProbeRecord) -> usize {
    size_of::<ProbeRecord>() + text(&probe.endpoint) + text(&probe.model)
}

fn text(text: &str) -> usize {
    if text.is_empty() { 0 } else { text.len() + PIECE }
}
