//! One page of requests: asked of the ledger piece by piece until it is full.

use zephyr_core::usage::{Filter, RequestsQuery, UsageRecord, Went};

use super::{MOST_LOOKED_AT, ON_A_PAGE};
use crate::ledger::Ledger;
use crate::store::StoreError;
use crate::web::asked::Asked;
use crate::web::period::Period;

/// Requests that are asked for at once where a status is wanted.
const PIECE: usize = 500;

/// Which ones.
pub(super) struct Wanted {
    query: RequestsQuery,
    status: Status,
}

/// What the client saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Any,
    /// Exactly this; 0 = none.
    Is(u16),
    /// This hundred.
    Hundred(u16),
}

/// One page.
#[derive(Default)]
pub(super) struct Found {
    /// The newest first.
    pub(super) records: Vec<UsageRecord>,
    /// Behind whom the next page goes on; `None` at the end.
    pub(super) next: Option<(i64, String)>,
    /// There may be more on it, but so many were looked at.
    pub(super) cut: bool,
}

impl Wanted {
    /// What `asked` says.
    pub(super) fn of(asked: &Asked, period: &Period) -> Self {
        let filter = Filter { since_unix_ms: period.since, until_unix_ms: period.until, ..asked.filter() };
        let after = asked.get("after").split_once('.');
        let after = after.and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())));
        let failed = asked.is_on("failed") || asked.get("status") == "failed";
        Self {
            query: RequestsQuery {
                filter,
                went: failed.then_some(Went::Failed),
                after,
                ..RequestsQuery::default()
            },
            status: Status::of(asked.get("status")),
        }
    }
}

impl Status {
    fn of(text: &str) -> Self {
        let hundred = text.strip_suffix("xx").and_then(|digit| digit.parse().ok());
        match (hundred, text.parse()) {
            (Some(hundred), _) => Self::Hundred(hundred),
            (None, Ok(status)) => Self::Is(status),
            _ => Self::Any,
        }
    }

    fn lets(self, status: u16) -> bool {
        match self {
            Self::Any => true,
            Self::Is(one) => status == one,
            Self::Hundred(hundred) => status / 100 == hundred,
        }
    }
}

/// Reads one page.
pub(super) async fn find(ledger: &Ledger, wanted: &Wanted) -> Result<Found, StoreError> {
    let mut query = wanted.query.clone();
    // One more than is shown tells whether there is another page.
    query.limit = if wanted.status == Status::Any { ON_A_PAGE + 1 } else { PIECE };
    let mut found = Found::default();
    let mut seen = 0;
    loop {
        let piece = ledger.requests(query.clone()).await?;
        let end = piece.len() < query.limit;
        seen += piece.len();
        for record in piece {
            query.after = Some((record.started_unix_ms, record.id.clone()));
            if !wanted.status.lets(record.status) {
                continue;
            }
            if found.records.len() == ON_A_PAGE {
                found.next = found.records.last().map(|last| (last.started_unix_ms, last.id.clone()));
                return Ok(found);
            }
            found.records.push(record);
        }
        if end {
            return Ok(found);
        }
        if seen >= MOST_LOOKED_AT {
            found.next = query.after;
            found.cut = true;
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use zephyr_core::usage::Ended;

    use super::*;
    use crate::engine_handle::Handle;
    use crate::fixtures;

    fn ledger(records: usize) -> Ledger {
        let (handle, _orders) = Handle::new(Arc::new(fixtures::plan(vec![fixtures::endpoint("a")])), None, 1);
        let ledger = Ledger::in_memory(&handle);
        for n in 0..records {
            let status = if n % 3 == 0 { 529 } else { 200 };
            let id = format!("req-{n:05}");
            let record = UsageRecord { id, status, ended: Ended::Complete, ..UsageRecord::default() };
            ledger.settle(record, Duration::from_millis((records - n) as u64));
        }
        ledger
    }

    async fn pages(ledger: &Ledger, query: &str) -> Vec<Vec<String>> {
        let mut pages = Vec::new();
        let mut after = String::new();
        loop {
            let asked = Asked::of(&format!("{query}&after={after}"));
            let found = find(ledger, &Wanted::of(&asked, &Period::default())).await.unwrap();
            pages.push(found.records.iter().map(|r| r.id.clone()).collect());
            match found.next {
                Some((at, id)) => after = format!("{at}.{id}"),
                None => return pages,
            }
        }
    }

    #[tokio::test]
    async fn pages_show_each_request_once_and_the_last_has_no_next() {
        for records in [0, 1, ON_A_PAGE, ON_A_PAGE + 1, 3 * ON_A_PAGE] {
            let ledger = ledger(records);
            let pages = pages(&ledger, "").await;
            assert_eq!(pages.len(), records.div_ceil(ON_A_PAGE).max(1), "{records}");
            assert_eq!(pages.concat(), (0..records).rev().map(|n| format!("req-{n:05}")).collect::<Vec<_>>());
        }
    }

    #[tokio::test]
    async fn a_status_is_exact_a_hundred_or_failed() {
        let ledger = ledger(1200);
        for (query, most) in
            [("status=529", 400), ("status=5xx", 400), ("status=failed", 400), ("status=2xx", 800)]
        {
            assert_eq!(pages(&ledger, query).await.concat().len(), most, "{query}");
        }
        assert_eq!(pages(&ledger, "status=404").await, [Vec::<String>::new()]);
        assert_eq!(pages(&ledger, "status=nonsense&failed=1").await.concat().len(), 400);
    }
}
