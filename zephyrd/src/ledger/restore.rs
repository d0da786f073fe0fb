//! What earlier processes spent in the periods that still run: read from the store when it tells, at start or
//! later.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::sleep;
use zephyr_core::usage::{By, Filter, Period, ReportQuery};

use super::Ledger;
use crate::store::StoreError;

/// How long to wait before a store that does not answer is asked again.
const AGAIN: Duration = Duration::from_secs(5);

impl Ledger {
    /// Takes in what was spent before `since_unix_ms`, when this process began to count, unless `known`; then the past
    /// of every budget that a reload brings. Asks again until the store tells.
    pub(crate) async fn restore(self, since_unix_ms: i64, mut known: bool) {
        loop {
            let told = match known {
                false => self.restore_once(since_unix_ms).await,
                true => self.restore_budgets().await,
            };
            match told {
                Ok(()) => {
                    known = true;
                    self.0.added.notified().await;
                }
                Err(e) => {
                    tracing::debug!(error = %e, "what was spent earlier is not known yet");
                    sleep(AGAIN).await;
                }
            }
        }
    }

    /// Takes in today's sums before `until_unix_ms` and what was spent of every budget.
    ///
    /// # Errors
    /// The store does not answer; nothing was taken in.
    pub(crate) async fn restore_once(&self, until_unix_ms: i64) -> Result<(), StoreError> {
        let (start, _) = self.0.calendar.period(Period::Day, until_unix_ms);
        let filter =
            Filter { since_unix_ms: Some(start), until_unix_ms: Some(until_unix_ms), ..Filter::default() };
        let today = self.report(ReportQuery { filter, by: By::Total }).await?;
        self.restore_budgets().await?;
        let day = self.0.calendar.day(until_unix_ms);
        self.book(self.0.handle.plan()).today.restore(&today, day);
        Ok(())
    }

    async fn restore_budgets(&self) -> Result<(), StoreError> {
        let now = self.now();
        let budgets = self.book(self.0.handle.plan()).budgets.view(now);
        let starts: BTreeSet<i64> = budgets.iter().map(|budget| budget.since_unix_ms).collect();
        for since in starts {
            let spent = self.spent(since).await?;
            let mut book = self.book(self.0.handle.plan());
            for (client, nanos) in spent.iter().filter(|(client, _)| !client.is_empty()) {
                book.budgets.restore(Some(client), since, *nanos);
            }
            book.budgets.restore(None, since, spent.iter().map(|(_, nanos)| nanos).sum());
        }
        Ok(())
    }

    async fn spent(&self, since_unix_ms: i64) -> Result<Vec<(String, i64)>, StoreError> {
        self.ask(move |reader| reader.spent(since_unix_ms)).await
    }
}
