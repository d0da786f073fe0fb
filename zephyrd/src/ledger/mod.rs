//! The account book: prices what was used, counts it against budgets, hands it to the store, and answers who asks.
//!
//! Settling a request is arithmetic under one short lock and a hand-over that never waits; what is slow (writing,
//! reports) happens elsewhere. A new plan is taken up by the first entry that meets it.

mod calendar;
mod mismatches;
mod restore;
mod tariffs;
mod today;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, broadcast};
use zephyr_core::affinity::Cached;
use zephyr_core::config::{Endpoint, Plan};
use zephyr_core::engine::EndpointId;
use zephyr_core::usage::money::{Factor, Usd};
use zephyr_core::usage::{
    BudgetView, BudgetWarning, Budgets, Entry, OverBudget, PriceSource, ProbeRecord, Report, ReportQuery,
    RequestsQuery, Tier, Tokens, UsageRecord, cache_saved, cost, rebuild,
};

use crate::engine_handle::Handle;
use crate::meter::Meter;
use crate::store::{Reader, StoreError, StoreHealth, Writer, WriterSettings};
use crate::system::text::clean;

use calendar::Calendar;
pub(crate) use mismatches::MismatchView;
use mismatches::Mismatches;
use tariffs::{Tariff, Tariffs};
use today::Today;
pub(crate) use today::TodayView;

/// How many records a follower may lag behind before it is told that it missed some.
const FOLLOW_QUEUE: usize = 256;

/// Cheap to clone; see the module.
#[derive(Clone)]
pub(crate) struct Ledger(Arc<Inner>);

struct Inner {
    handle: Handle,
    calendar: Arc<Calendar>,
    tariffs: Tariffs,
    meter: Meter,
    book: Mutex<Book>,
    writer: Writer,
    reader: Reader,
    followers: broadcast::Sender<Arc<UsageRecord>>,
    /// A new plan has budgets whose past is not known yet.
    added: Notify,
}

/// What changes with every entry.
struct Book {
    plan: Arc<Plan>,
    today: Today,
    budgets: Budgets,
    mismatches: Mismatches,
    /// When the last probe was counted.
    last_probe_unix_ms: i64,
}

/// What one attempt cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Priced {
    /// In nano-dollars.
    pub(crate) cost_nanos: i64,
    /// What the vendor's prompt cache spared, in nano-dollars.
    pub(crate) cache_saved_nanos: i64,
    /// What writing the cached prefix anew costs more than reading it, in nano-dollars before the endpoint's factor.
    pub(crate) rebuild_nanos: i64,
    /// Where the price came from.
    pub(crate) source: PriceSource,
    /// The answer names another model than was asked for.
    pub(crate) mismatch: bool,
}

/// The state of the account, for whoever looks.
#[derive(Debug, Clone)]
pub(crate) struct LedgerView {
    /// Records are kept at all.
    pub(crate) on: bool,
    /// The running day.
    pub(crate) today: TodayView,
    /// Every budget and how much of it is spent.
    pub(crate) budgets: Vec<BudgetView>,
    /// How the store is.
    pub(crate) store: StoreHealth,
    /// Endpoints that answer with other models than asked for, the newest first.
    pub(crate) mismatches: Vec<MismatchView>,
}

impl Ledger {
    /// A ledger on a store that `settings` name; what earlier processes spent comes in as soon as the store tells.
    pub(crate) fn open(handle: Handle, meter: Meter, settings: WriterSettings) -> Self {
        let plan = handle.plan();
        let writer = Writer::start(settings);
        let calendar = Arc::new(Calendar::of_machine());
        let periods = Arc::clone(&calendar);
        let now = handle.clock().now().unix_ms;
        let budgets =
            Budgets::new(&plan.budgets, Arc::new(move |period, at| periods.period(period, at)), now);
        let book = Book {
            budgets,
            plan,
            today: Today::default(),
            mismatches: Mismatches::default(),
            last_probe_unix_ms: 0,
        };
        let reader = writer.reader();
        let followers = broadcast::channel(FOLLOW_QUEUE).0;
        Self(Arc::new(Inner {
            handle,
            calendar,
            tariffs: Tariffs::default(),
            meter,
            book: Mutex::new(book),
            writer,
            reader,
            followers,
            added: Notify::new(),
        }))
    }

    /// A ledger that keeps its records in memory.
    #[cfg(test)]
    pub(crate) fn in_memory(handle: &Handle) -> Self {
        let usage = handle.plan().usage.clone();
        let settings = WriterSettings {
            database: None,
            batch_size: usage.batch_size,
            flush_interval: usage.flush_interval,
            retention: usage.retention,
        };
        Self::open(handle.clone(), Meter::default(), settings)
    }

    /// What `tokens` of an attempt at `endpoint` cost. Priced by the model that was asked for; where nobody knows that,
    /// by the one that the answer names.
    pub(crate) fn price(
        &self,
        endpoint: &Endpoint,
        asked: &str,
        answered: &str,
        tokens: &Tokens,
        tier: Tier,
    ) -> Priced {
        if tokens.is_empty() && answered.is_empty() {
            return Priced::default();
        }
        let plan = self.0.handle.plan();
        let Tariff { price, source, mismatch } = self.0.tariffs.of(&plan.prices, endpoint, asked, answered);
        let factor = Factor::of(endpoint.price);
        Priced {
            cost_nanos: cost(&price, tokens, tier, factor),
            cache_saved_nanos: cache_saved(&price, tokens, tier, factor),
            rebuild_nanos: rebuild(&price, tokens, tier),
            source,
            mismatch,
        }
    }

    /// An answer to a conversation used `tokens` of `model` and cost what was `priced`: what its endpoint's cache now
    /// holds of it decides whether a move pays.
    pub(crate) fn tell_cache(
        &self,
        (session, endpoint): (u64, EndpointId),
        model: &str,
        tokens: &Tokens,
        priced: Priced,
    ) {
        if tokens.is_empty() {
            return;
        }
        let prefix = tokens.cached_prefix();
        let written = tokens.cache_write_1h > 0 || tokens.cache_write_5m > 0;
        let cached = Cached {
            model,
            tokens: if prefix > 0 { prefix } else { tokens.all_input() },
            hour: written.then_some(tokens.cache_write_1h > 0),
            request_nanos: priced.cost_nanos,
            rebuild_nanos: priced.rebuild_nanos,
        };
        self.0.handle.cached(session, endpoint, &cached);
    }

    /// A request is over; it took this long. Gives its record as it is kept, if any are.
    pub(crate) fn settle(&self, mut record: UsageRecord, duration: Duration) -> Arc<UsageRecord> {
        let now = self.now();
        let plan = self.0.handle.plan();
        self.0.meter.count(&record, now);
        if !plan.usage.enabled {
            return Arc::new(record);
        }
        record.started_unix_ms = now.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX));
        record.day = self.0.calendar.day(record.started_unix_ms);
        let record = Arc::new(record);
        let entry = Entry::Request(Arc::clone(&record));
        self.count(&entry, now, plan);
        self.0.writer.append(&entry);
        if self.0.followers.receiver_count() > 0 {
            // Whoever followed may have gone.
            let _ = self.0.followers.send(Arc::clone(&record));
        }
        record
    }

    /// A probe used `tokens` of `model` for `cost_nanos`.
    pub(crate) fn probed(&self, endpoint: &str, model: &str, tokens: Tokens, cost_nanos: i64) {
        let now = self.now();
        let plan = self.0.handle.plan();
        if !plan.usage.enabled {
            return;
        }
        // Two of the same millisecond would be one to the store. A clock that was put back is followed.
        let unix_ms = {
            let mut book = self.book(Arc::clone(&plan));
            let next = book.last_probe_unix_ms.saturating_add(1);
            book.last_probe_unix_ms =
                if (now..now.saturating_add(1000)).contains(&next) { next } else { now };
            book.last_probe_unix_ms
        };
        let entry = Entry::Probe(ProbeRecord {
            unix_ms,
            day: self.0.calendar.day(unix_ms),
            endpoint: endpoint.to_owned(),
            model: model.to_owned(),
            tokens,
            cost_nanos,
        });
        self.count(&entry, now, plan);
        self.0.writer.append(&entry);
    }

    /// Whether `client` may spend more; refused once a budget of it or of all is spent.
    pub(crate) fn admits(&self, client: &str) -> Result<(), OverBudget> {
        let plan = self.0.handle.plan();
        if plan.budgets.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let book = self.book(plan);
        book.budgets.check(client, now)
    }

    /// Sums over records; what was settled just now is in them.
    pub(crate) async fn report(&self, query: ReportQuery) -> Result<Report, StoreError> {
        self.ask(move |reader| reader.report(&query)).await
    }

    /// Single records, at most as many as the query says.
    pub(crate) async fn requests(&self, query: RequestsQuery) -> Result<Vec<UsageRecord>, StoreError> {
        self.ask(move |reader| reader.requests(&query)).await
    }

    /// Every record from now on; a slow reader is told how many it missed.
    pub(crate) fn follow(&self) -> broadcast::Receiver<Arc<UsageRecord>> {
        self.0.followers.subscribe()
    }

    /// How the account stands.
    pub(crate) fn view(&self) -> LedgerView {
        let now = self.now();
        let day = self.0.calendar.day(now);
        let plan = self.0.handle.plan();
        let on = plan.usage.enabled;
        let mut book = self.book(plan);
        LedgerView {
            on,
            today: book.today.view(day),
            budgets: book.budgets.view(now),
            mismatches: book.mismatches.view(),
            store: self.0.writer.health(),
        }
    }

    /// Writes everything that waits, for at most `limit`.
    pub(crate) async fn close(&self, limit: Duration) {
        let ledger = self.clone();
        // A panic in there is told by itself.
        let _ = tokio::task::spawn_blocking(move || ledger.0.writer.close(limit)).await;
    }

    /// The wall clock, Unix milliseconds.
    pub(crate) fn now(&self) -> i64 {
        self.0.handle.clock().unix_ms()
    }

    /// The book, brought up to `plan`.
    fn book(&self, plan: Arc<Plan>) -> MutexGuard<'_, Book> {
        let mut book = self.0.book.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&book.plan, &plan) {
            let added = book.budgets.take_up(&plan.budgets, self.now());
            if !added.is_empty() {
                self.0.added.notify_one();
            }
            self.0.writer.configure(plan.usage.batch_size, plan.usage.flush_interval, plan.usage.retention);
            book.plan = plan;
        }
        book
    }

    fn count(&self, entry: &Entry, now: i64, plan: Arc<Plan>) {
        let mut book = self.book(plan);
        let day = match entry {
            Entry::Request(record) => record.day,
            Entry::Probe(probe) => probe.day,
        };
        book.today.count(entry, day);
        let Entry::Request(record) = entry else { return };
        book.budgets.spend(&record.client, record.cost_nanos, now);
        let warnings = book.budgets.warnings(now);
        let asked = record.attempts.last().and_then(|a| a.model.as_ref()).unwrap_or(&record.model);
        let tell = match (&record.answered_model, &record.endpoint) {
            (Some(answered), Some(endpoint)) if record.mismatch => {
                book.mismatches.seen(endpoint, asked, answered, now)
            }
            _ => false,
        };
        drop(book);
        warnings.iter().for_each(told);
        if tell {
            let (endpoint, answered) = (record.endpoint.as_deref(), record.answered_model.as_deref());
            let (endpoint, answered) = (endpoint.unwrap_or_default(), answered.unwrap_or_default());
            tracing::warn!(
                request = record.id,
                endpoint,
                model = asked,
                answered,
                "endpoint {} answers with {} when {} is asked for",
                clean(endpoint),
                clean(answered),
                clean(asked)
            );
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reader = self.0.reader.clone();
        match tokio::task::spawn_blocking(move || question(&reader)).await {
            Ok(answer) => answer,
            Err(e) => Err(StoreError::Unavailable(format!("the query failed: {e}"))),
        }
    }
}

/// A budget is nearly spent, or spent.
fn told(warning: &BudgetWarning) {
    let budget = &warning.budget;
    let whose = budget.client.as_deref().map_or_else(|| "all clients".to_owned(), clean);
    let (spent, limit) = (Usd(budget.spent_nanos), Usd(budget.limit_nanos));
    tracing::warn!(
        client = budget.client.as_deref(),
        period = budget.period.name(),
        spent_nanos = budget.spent_nanos,
        limit_nanos = budget.limit_nanos,
        "the {}'s budget of {whose} is {}: {spent} of {limit}",
        budget.period.name(),
        if warning.over { "spent, requests are refused" } else { "nearly spent" }
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[tokio::test]
    async fn probes_of_one_millisecond_are_all_counted() {
        let plan = fixtures::plan(vec![fixtures::endpoint("a")]);
        let (handle, _orders) = Handle::new(Arc::new(plan), None, 1);
        let ledger = Ledger::in_memory(&handle);
        let tokens = Tokens { input: 8, ..Tokens::default() };
        for _ in 0..50 {
            ledger.probed("a", "m", tokens, 7);
        }
        let report = ledger.report(ReportQuery::default()).await.unwrap();
        assert_eq!((report.probes.probes, report.probes.cost_nanos), (50, 350));
    }
}
