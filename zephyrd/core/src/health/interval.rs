//! How long to wait between two probes of an endpoint, by how much there is to do.
//!
//! Where requests run, what is known of the endpoints should be fresh, and real traffic measures the one that
//! serves; where nothing runs, probing costs money and wakes machines for nothing. So the interval is shortest
//! under high load and grows the longer nobody asks. The curve is exact: no jitter is added, because endpoints are
//! compared by probes that were sent together, and the runner sends only so many at one time.

use std::time::Duration;

use crate::config::HealthCheck;

/// How much there is to do, over all endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    /// Inference requests that run now.
    pub(crate) active: u32,
    /// Inference requests that came within the last minute.
    pub(crate) last_minute: u32,
    /// Since when none runs: so long ago. Zero while one does.
    pub(crate) idle: Duration,
}

/// More requests than these are high load, and this many or more are medium.
const HIGH: u32 = 10;
const MEDIUM: u32 = 4;

/// Idle seconds, and by what the interval is multiplied then; linear between.
const IDLE: [(f64, f64); 4] = [(60.0, 1.0), (300.0, 1.5), (900.0, 3.0), (1800.0, 8.0)];
/// After so many idle seconds it is the longest.
const ASLEEP: f64 = 3600.0;

/// The time from one probe to the next: what is configured, or where `dynamic_scaling` is on, that by the load,
/// between `min_interval` and `max_interval`.
pub(crate) fn interval(check: &HealthCheck, load: &Load) -> Duration {
    if !check.dynamic_scaling {
        return check.interval;
    }
    let base = check.interval;
    let wanted = match (load.active, load.last_minute) {
        (active, _) if active > HIGH => check.min_interval,
        (MEDIUM.., 6..) => base.mul_f64(1.2),
        (MEDIUM.., _) => base.mul_f64(1.5),
        (1.., 3..) => base * 2,
        (1.., _) => base.mul_f64(2.5),
        (0, _) => idle(base, check.max_interval, load.idle),
    };
    wanted.max(check.min_interval).min(check.max_interval)
}

fn idle(base: Duration, longest: Duration, idle: Duration) -> Duration {
    let seconds = idle.as_secs_f64();
    let mut from = IDLE[0];
    for to in IDLE {
        if seconds <= to.0 {
            return base.mul_f64(between(from, to, seconds));
        }
        from = to;
    }
    let (since, factor) = from;
    let before = base.mul_f64(factor).as_secs_f64();
    let longest = longest.as_secs_f64();
    Duration::from_secs_f64(between((since, before), (ASLEEP, longest), seconds.min(ASLEEP)))
}

/// The height at `x` of the line through two points; the second where they stand above each other.
fn between(a: (f64, f64), b: (f64, f64), x: f64) -> f64 {
    if b.0 <= a.0 {
        return b.1;
    }
    a.1 + (b.1 - a.1) * (x - a.0).max(0.0) / (b.0 - a.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ProbeKind;

    fn check(base: u64, min: u64, max: u64) -> HealthCheck {
        let s = Duration::from_secs;
        HealthCheck {
            kind: ProbeKind::Connect,
            enabled: true,
            model: String::new(),
            prompt: String::new(),
            command: Vec::new(),
            interval: s(base),
            timeout: s(1),
            dynamic_scaling: true,
            min_interval: s(min),
            max_interval: s(max),
            daily_budget_nanos: 0,
        }
    }

    fn seconds(check: &HealthCheck, active: u32, last_minute: u32, idle: u64) -> f64 {
        let load = Load { active, last_minute, idle: Duration::from_secs(idle) };
        (interval(check, &load).as_secs_f64() * 1000.0).round() / 1000.0
    }

    #[test]
    fn while_requests_run_it_goes_by_how_many_run_and_came() {
        let check = check(60, 30, 3600);
        for (active, last_minute, wanted) in [
            (1_000, 0, 30.0),
            (11, 100, 30.0),
            (10, 5, 90.0),
            (10, 6, 72.0),
            (4, 0, 90.0),
            (4, 6, 72.0),
            (3, 2, 150.0),
            (3, 3, 120.0),
            (1, 0, 150.0),
            (1, 100, 120.0),
        ] {
            assert_eq!(seconds(&check, active, last_minute, 0), wanted, "{active} run, {last_minute} came");
        }
    }

    #[test]
    fn while_nothing_runs_it_grows_with_the_time_in_straight_lines() {
        let check = check(60, 30, 3600);
        for (idle, wanted) in [
            (0, 60.0),
            (60, 60.0),
            (180, 75.0),
            (300, 90.0),
            (600, 135.0),
            (900, 180.0),
            (1_350, 330.0),
            (1_800, 480.0),
            (2_700, 2_040.0),
            (3_599, 3_598.267),
            (3_600, 3_600.0),
            (100_000, 3_600.0),
        ] {
            assert_eq!(seconds(&check, 0, 50, idle), wanted, "idle for {idle} s");
        }
    }

    #[test]
    fn it_stays_between_its_limits_also_where_they_are_odd() {
        let narrow = check(60, 50, 100);
        assert_eq!(seconds(&narrow, 11, 0, 0), 50.0);
        assert_eq!(seconds(&narrow, 1, 0, 0), 100.0);
        assert_eq!(seconds(&narrow, 0, 0, 60), 60.0);
        assert_eq!(seconds(&narrow, 0, 0, 1_000), 100.0);
        let above = check(60, 300, 400);
        assert_eq!(seconds(&above, 0, 0, 0), 300.0, "the base is less than the shortest");
        assert_eq!(seconds(&above, 0, 0, 2_700), 400.0);
        let below = check(600, 30, 300);
        assert_eq!(seconds(&below, 0, 0, 0), 300.0, "the base is more than the longest");
    }

    #[test]
    fn without_scaling_it_is_what_is_configured() {
        let fixed = HealthCheck { dynamic_scaling: false, ..check(60, 90, 100) };
        assert_eq!(seconds(&fixed, 50, 0, 0), 60.0);
        assert_eq!(seconds(&fixed, 0, 0, 5_000), 60.0);
    }
}
