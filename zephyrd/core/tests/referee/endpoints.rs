//! Three endpoints that take their time, and at most one of them in trouble.

use std::time::Duration;

use zephyr_core::failover::Class;
use zephyr_core::time::{Rng, SplitMix};

/// What is wrong with an endpoint for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Refuses,
    /// Connecting takes all the time that it may.
    Unreachable,
    Resets,
    Fails,
    Unavailable,
    /// 503 that says when it is over.
    Maintained,
    Overloaded,
    /// 429 that says when it is over.
    Limited,
    LimitedUnstated,
    RefusesKey,
    Forbids,
    KnowsNoModel,
    ShowsPage,
    AnswersNothing,
    /// Takes requests and never says a word.
    Silent,
    CutsBeforeContent,
    CutsAfterContent,
    /// Stops in the middle of answers without closing them.
    Stalls,
    /// Every other request fails.
    Flickers,
    /// Ten times as slow.
    Crawls,
}

impl Trouble {
    const ALL: [Self; 20] = [
        Self::Refuses,
        Self::Unreachable,
        Self::Resets,
        Self::Fails,
        Self::Unavailable,
        Self::Maintained,
        Self::Overloaded,
        Self::Limited,
        Self::LimitedUnstated,
        Self::RefusesKey,
        Self::Forbids,
        Self::KnowsNoModel,
        Self::ShowsPage,
        Self::AnswersNothing,
        Self::Silent,
        Self::CutsBeforeContent,
        Self::CutsAfterContent,
        Self::Stalls,
        Self::Flickers,
        Self::Crawls,
    ];

    /// Whether answers that run are lost too when it begins.
    fn breaks_what_runs(self) -> bool {
        matches!(self, Self::Refuses | Self::Resets | Self::CutsAfterContent)
    }
}

/// One outage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outage {
    pub(crate) endpoint: usize,
    pub(crate) trouble: Trouble,
    pub(crate) from: Duration,
    pub(crate) to: Duration,
}

/// What comes of something sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fate {
    /// From sending to the first content, or to the failure.
    pub(crate) first: Duration,
    /// From the first content to the end, where there is any.
    pub(crate) rest: Option<Duration>,
    pub(crate) class: Class,
    pub(crate) retry_after: Option<Duration>,
}

/// Silence that a stream is allowed before its first content.
const PATIENCE: Duration = Duration::from_secs(120);
/// Silence that it is allowed inside.
const IDLE: Duration = Duration::from_secs(90);
/// Failures of an endpoint in the best of health, one in so many.
const ODD_FAILURES: usize = 2_000;

pub(crate) struct Endpoints {
    pub(crate) outages: Vec<Outage>,
    rng: SplitMix,
}

fn seconds(n: f64) -> Duration {
    Duration::from_secs_f64(n)
}

/// Exponentially distributed.
pub(crate) fn around(mean: f64, rng: &mut SplitMix) -> Duration {
    seconds(-mean * (1.0 - rng.unit()).ln())
}

impl Endpoints {
    /// Outages one after the other until `end`: some minutes of trouble, some more of peace.
    pub(crate) fn new(end: Duration, seed: u64) -> Self {
        let mut rng = SplitMix::new(seed ^ 0xE4D0);
        let mut outages = Vec::new();
        let mut at = seconds(300.0);
        while at < end {
            let to = at + seconds(10.0) + around(120.0, &mut rng);
            let trouble = Trouble::ALL[rng.below(Trouble::ALL.len())];
            outages.push(Outage { endpoint: rng.below(3), trouble, from: at, to });
            at = to + seconds(60.0) + around(240.0, &mut rng);
        }
        Self { outages, rng }
    }

    /// The outage that goes on at `at`, wherever it is.
    pub(crate) fn outage(&self, at: Duration) -> Option<Outage> {
        self.outages.iter().rev().find(|o| o.from <= at).filter(|o| at < o.to).copied()
    }

    /// What becomes of a request that is sent to `endpoint` now.
    pub(crate) fn send(&mut self, endpoint: usize, now: Duration) -> Fate {
        let rng = &mut self.rng;
        let first = seconds([0.5, 0.7, 1.0][endpoint] * (0.7 + rng.unit() * 0.6)) + around(0.2, rng);
        let rest = seconds(0.5) + around(7.0, rng);
        let good = Fate { first, rest: Some(rest), class: Class::Ok, retry_after: None };
        let failed = |class, after: f64| Fate { first: seconds(after), rest: None, class, retry_after: None };
        let odd = rng.below(ODD_FAILURES) == 0;
        let flicker = rng.below(2) == 0;
        match self.outage(now).filter(|o| o.endpoint == endpoint) {
            Some(outage) => {
                let stated = Some(outage.to - now);
                match outage.trouble {
                    Trouble::Refuses => failed(Class::ConnectFailed, 0.001),
                    Trouble::Unreachable => failed(Class::ConnectFailed, 5.0),
                    Trouble::Resets => failed(Class::Unanswered, 0.2),
                    Trouble::Fails => failed(Class::ServerError, 0.3),
                    Trouble::Unavailable => failed(Class::Unavailable, 0.1),
                    Trouble::Maintained => Fate { retry_after: stated, ..failed(Class::Unavailable, 0.1) },
                    Trouble::Overloaded => failed(Class::Overloaded, 0.1),
                    Trouble::Limited => Fate { retry_after: stated, ..failed(Class::RateLimited, 0.1) },
                    Trouble::LimitedUnstated => failed(Class::RateLimited, 0.1),
                    Trouble::RefusesKey => failed(Class::AuthFailed, 0.1),
                    Trouble::Forbids => failed(Class::Forbidden, 0.1),
                    Trouble::KnowsNoModel => failed(Class::ModelMissing, 0.1),
                    Trouble::ShowsPage => failed(Class::Misconfigured, 0.1),
                    Trouble::AnswersNothing => failed(Class::NotAnAnswer, 0.3),
                    Trouble::Silent => failed(Class::TimedOut, PATIENCE.as_secs_f64()),
                    Trouble::CutsBeforeContent => Fate { rest: None, class: Class::Unanswered, ..good },
                    Trouble::CutsAfterContent => Fate { rest: Some(seconds(1.0)), class: Class::Cut, ..good },
                    Trouble::Stalls => Fate { rest: Some(seconds(1.0) + IDLE), class: Class::Cut, ..good },
                    Trouble::Flickers if flicker => failed(Class::ServerError, 0.3),
                    Trouble::Flickers => good,
                    Trouble::Crawls => Fate { first: first * 10, rest: Some(rest * 2), ..good },
                }
            }
            None if odd => failed(Class::ServerError, 0.3),
            None => self.broken_by_what_comes(endpoint, now, good),
        }
    }

    /// An answer that runs when its endpoint goes down is cut.
    fn broken_by_what_comes(&self, endpoint: usize, now: Duration, good: Fate) -> Fate {
        let (begins, ends) = (now + good.first, now + good.first + good.rest.unwrap_or_default());
        let breaks = |o: &&Outage| {
            o.endpoint == endpoint && o.trouble.breaks_what_runs() && o.from > now && o.from < ends
        };
        match self.outages.iter().find(breaks) {
            None => good,
            Some(o) if o.from < begins => {
                Fate { first: o.from - now, rest: None, class: Class::Unanswered, retry_after: None }
            }
            Some(o) => Fate { rest: Some(o.from - begins), class: Class::Cut, ..good },
        }
    }
}
