//! Whether a move pays for the cache that is left behind.
//!
//! **Money** (`cheapest`): with `e` further requests expected, the next request and those are cheaper by the ratio of
//! the price factors, and the next one writes the cached tokens where it would have read them:
//!
//! `(1 + e) · request · (1 − target ⁄ home)  >  MARGIN · tokens · (write − read) · target`
//!
//! **Time** (`fastest`, and `cheapest` between equal prices): every request begins earlier by the difference of the
//! typical times to the first token, and the next one waits for its prompt to be read anew. The money of the rebuild
//! is not forgotten, it is time at what an hour of waiting is worth:
//!
//! `(1 + e) · (home − target)  >  MARGIN · (tokens ⁄ PREFILL + tokens · (write − read) · target ⁄ SECOND)`
//!
//! - How many requests are still to come nobody knows. Conversations are like all things whose length varies by orders
//!   of magnitude: what has lasted long lasts long, and the best guess is as much again as there was. So `e` is the
//!   number of requests so far, at most [`MOST_FURTHER`].
//! - [`PREFILL`]: a vendor's own figures at the start of prompt caching: a prompt of 100,000 tokens begins after
//!   11.5 s without and 2.4 s with its cache.
//! - [`SECOND`]: a cent, which is 36 dollars an hour for whoever waits.
//! - [`MARGIN`]: the cost is certain and the gain a guess.
//!
//! Limits: the target is taken to have the model's price times its factor, and to answer as fast for a long prompt as
//! for those that were measured there.

use std::time::Duration;

/// Most further requests that are counted on.
const MOST_FURTHER: u32 = 50;
/// Tokens of a prompt that an endpoint reads in a second where no cache helps.
const PREFILL: f64 = 11_000.0;
/// What a second of waiting is worth, in nano-dollars.
const SECOND: f64 = 10_000_000.0;
/// How much more a move must gain than it costs.
const MARGIN: f64 = 1.5;

/// What is at stake when a conversation moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stakes {
    /// Tokens of its prompt that the endpoint's cache holds.
    pub tokens: u64,
    /// What writing them anew costs more than reading them, in nano-dollars before any endpoint's factor.
    pub rebuild_nanos: i64,
    /// What its last request cost where it is, in nano-dollars.
    pub request_nanos: i64,
    /// Requests answered so far.
    pub requests: u32,
    /// Price factor of the endpoint where it is.
    pub home: f64,
    /// Price factor of the other.
    pub target: f64,
}

impl Stakes {
    /// Whether a move saves more money than it costs.
    #[must_use]
    pub fn saves_money(&self) -> bool {
        if self.home <= 0.0 {
            return false;
        }
        let each = self.request_nanos.max(0) as f64 * (1.0 - self.target / self.home);
        each * self.coming() > MARGIN * self.rebuild()
    }

    /// Whether a move saves more time than it costs, between endpoints that typically begin to answer after `home` and
    /// after `target`.
    #[must_use]
    pub fn saves_time(&self, home: Duration, target: Duration) -> bool {
        let each = home.as_secs_f64() - target.as_secs_f64();
        let cost = self.tokens as f64 / PREFILL + self.rebuild() / SECOND;
        each * self.coming() > MARGIN * cost
    }

    /// The next request and those after it.
    fn coming(&self) -> f64 {
        1.0 + f64::from(further_requests(self.requests))
    }

    /// What the rebuild costs at the target, in nano-dollars.
    fn rebuild(&self) -> f64 {
        self.rebuild_nanos.max(0) as f64 * self.target.max(0.0)
    }
}

/// How many requests are expected to follow the next one, after so many.
#[must_use]
pub fn further_requests(so_far: u32) -> u32 {
    so_far.min(MOST_FURTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    /// 100,000 tokens that cost 6.25 dollars a million to write and 0.50 to read, so 0.575 dollars to rebuild; a
    /// request costs 0.10 dollars; ten requests so far.
    const LONG: Stakes = Stakes {
        tokens: 100_000,
        rebuild_nanos: 575_000_000,
        request_nanos: 100_000_000,
        requests: 10,
        home: 1.0,
        target: 1.0,
    };

    #[test]
    fn a_move_for_money_pays_as_these_vectors_say() {
        let cold = Stakes { tokens: 0, rebuild_nanos: 0, ..LONG };
        for (name, stakes, pays) in [
            // 11 × 0.10 × 0.2 = 0.22 against 1.5 × 0.575 × 0.8 = 0.69.
            ("a fifth off", Stakes { target: 0.8, ..LONG }, false),
            // 11 × 0.10 × 0.5 = 0.55 against 1.5 × 0.575 × 0.5 = 0.43.
            ("half off", Stakes { target: 0.5, ..LONG }, true),
            ("half off, and the second request", Stakes { target: 0.5, requests: 1, ..LONG }, false),
            ("nothing costs there", Stakes { target: 0.0, ..LONG }, true),
            ("nothing costs here", Stakes { home: 0.0, ..LONG }, false),
            ("nobody is cheaper", LONG, false),
            ("dearer", Stakes { target: 1.2, ..LONG }, false),
            ("a fifth off, nothing to rebuild", Stakes { target: 0.8, ..cold }, true),
            ("dearer, nothing to rebuild", Stakes { target: 1.2, ..cold }, false),
        ] {
            assert_eq!(stakes.saves_money(), pays, "{name}");
        }
    }

    #[test]
    fn a_move_for_time_pays_as_these_vectors_say() {
        let small = Stakes { tokens: 2_000, rebuild_nanos: 11_500_000, ..LONG };
        let unpriced = Stakes { rebuild_nanos: 0, ..LONG };
        for (name, stakes, home, target, pays) in [
            // 11 × 1 s against 1.5 × (9.1 s + 57.5 s).
            ("long, a second faster", LONG, 2_000, 1_000, false),
            ("long, ten seconds faster", LONG, 12_000, 2_000, true),
            // 11 × 0.1 s against 1.5 × (0.18 s + 1.15 s).
            ("small, a tenth of a second faster", small, 600, 500, false),
            ("small, a quarter of a second faster", small, 750, 500, true),
            // 11 × 1 s against 1.5 × 9.1 s; 11 × 1.3 s.
            ("long and free, a second faster", unpriced, 2_000, 1_000, false),
            ("long and free, 1.3 s faster", unpriced, 2_300, 1_000, true),
            ("slower", Stakes { tokens: 0, ..unpriced }, 500, 600, false),
            ("as fast", Stakes { tokens: 0, ..unpriced }, 500, 500, false),
        ] {
            assert_eq!(stakes.saves_time(ms(home), ms(target)), pays, "{name}");
        }
    }

    #[test]
    fn a_long_conversation_is_not_expected_to_last_for_ever() {
        assert_eq!([0, 1, 7, 50, 51, u32::MAX].map(further_requests), [0, 1, 7, 50, 50, 50]);
    }
}
