//! Which endpoints answered with other models than were asked for; the newest few, told once an hour each.

use std::time::Duration;

/// Most that are remembered.
const MOST: usize = 32;
/// The log hears of the same one this often.
const TELL_EVERY: Duration = Duration::from_secs(3600);

/// An endpoint answers with another model than it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MismatchView {
    /// Which endpoint.
    pub(crate) endpoint: String,
    /// Model asked for.
    pub(crate) asked: String,
    /// Model that the answer names.
    pub(crate) answered: String,
    /// How often since the daemon's start.
    pub(crate) count: u64,
    /// When last, Unix milliseconds.
    pub(crate) last_unix_ms: i64,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Mismatches {
    known: Vec<(MismatchView, i64)>,
}

impl Mismatches {
    /// One was seen; whether the log should be told.
    pub(super) fn seen(&mut self, endpoint: &str, asked: &str, answered: &str, now_unix_ms: i64) -> bool {
        let every = i64::try_from(TELL_EVERY.as_millis()).unwrap_or(i64::MAX);
        let same = |m: &MismatchView| m.endpoint == endpoint && m.asked == asked && m.answered == answered;
        if let Some((view, told)) = self.known.iter_mut().find(|(m, _)| same(m)) {
            view.count += 1;
            view.last_unix_ms = now_unix_ms;
            let tell = now_unix_ms.saturating_sub(*told) >= every;
            if tell {
                *told = now_unix_ms;
            }
            return tell;
        }
        if self.known.len() == MOST {
            let oldest = self.known.iter().enumerate().min_by_key(|(_, (m, _))| m.last_unix_ms);
            if let Some(oldest) = oldest.map(|(at, _)| at) {
                self.known.swap_remove(oldest);
            }
        }
        let view = MismatchView {
            endpoint: endpoint.to_owned(),
            asked: asked.to_owned(),
            answered: answered.to_owned(),
            count: 1,
            last_unix_ms: now_unix_ms,
        };
        self.known.push((view, now_unix_ms));
        true
    }

    /// The newest first.
    pub(super) fn view(&self) -> Vec<MismatchView> {
        let mut views: Vec<MismatchView> = self.known.iter().map(|(view, _)| view.clone()).collect();
        views.sort_by_key(|view| std::cmp::Reverse(view.last_unix_ms));
        views
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_hears_of_each_once_an_hour_and_the_oldest_is_forgotten() {
        let mut seen = Mismatches::default();
        assert!(seen.seen("a", "opus", "haiku", 0));
        assert!(!seen.seen("a", "opus", "haiku", 3_599_999));
        assert!(seen.seen("a", "opus", "haiku", 3_600_000));
        assert!(seen.seen("a", "opus", "sonnet", 3_600_001));
        assert_eq!(seen.view().iter().map(|v| v.count).collect::<Vec<_>>(), [1, 3]);
        for i in 0..MOST {
            assert!(seen.seen("b", "x", &i.to_string(), 4_000_000 + i as i64));
        }
        assert_eq!(seen.view().len(), MOST);
        assert!(seen.view().iter().all(|v| v.endpoint == "b"));
    }
}
