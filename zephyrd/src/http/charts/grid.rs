//! The points of a chart: equal steps that end with the one that is running.

use jiff::Timestamp;

use crate::http::time::rfc3339;

const MINUTE_MS: i64 = 60_000;
/// Steps in minutes, and the most points that they may come to.
const STEPS: [i64; 5] = [1, 5, 15, 60, 360];
const POINTS: usize = 120;

/// See the module.
pub(super) struct Grid {
    first_unix_ms: i64,
    step_minutes: i64,
    len: usize,
}

impl Grid {
    /// So many minutes up to now, in the shortest steps that are few enough.
    pub(super) fn new(now_unix_ms: i64, minutes: usize) -> Self {
        let minutes = minutes.max(1);
        let points_of = |step: i64| minutes.div_ceil(usize::try_from(step).unwrap_or(1));
        let few = |step: &i64| points_of(*step) <= POINTS;
        let step_minutes = STEPS.into_iter().find(few).unwrap_or(STEPS[STEPS.len() - 1]);
        let step = step_minutes * MINUTE_MS;
        let points = points_of(step_minutes).min(POINTS);
        let last = now_unix_ms.div_euclid(step) * step;
        Self { first_unix_ms: last - (points as i64 - 1) * step, step_minutes, len: points }
    }

    /// When the first point begins, Unix milliseconds.
    pub(super) fn first(&self) -> i64 {
        self.first_unix_ms
    }

    pub(super) fn step_minutes(&self) -> i64 {
        self.step_minutes
    }

    /// Every point is of whole hours.
    pub(super) fn of_hours(&self) -> bool {
        self.step_minutes >= 60
    }

    /// How many points there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// When each begins.
    pub(super) fn labels(&self) -> Vec<String> {
        (0..self.len as i64)
            .map(|n| rfc3339(self.first_unix_ms + n * self.step_minutes * MINUTE_MS))
            .collect()
    }

    /// The point in which an instant lies.
    pub(super) fn place(&self, unix_ms: i64) -> Option<usize> {
        let at = (unix_ms - self.first_unix_ms).div_euclid(self.step_minutes * MINUTE_MS);
        usize::try_from(at).ok().filter(|at| *at < self.len)
    }

    /// The point in which an hour or a minute of a report lies.
    pub(super) fn place_of(&self, key: &str) -> Option<usize> {
        self.place(key.parse::<Timestamp>().ok()?.as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 20:07:30 UTC.
    const NOW: i64 = 1_795_219_200_000 + (20 * 60 + 7) * MINUTE_MS + 30_000;

    #[test]
    fn the_last_point_is_the_one_that_is_running() {
        let grid = Grid::new(NOW, 60);
        let labels = grid.labels();
        assert_eq!((labels.len(), grid.step_minutes()), (60, 1));
        assert_eq!(labels[59], "2026-11-21T20:07:00.000Z");
        assert_eq!(labels[0], "2026-11-21T19:08:00.000Z");
        assert_eq!(grid.place(NOW), Some(59));
        assert_eq!(grid.place(grid.first()), Some(0));
        assert_eq!(grid.place(grid.first() - 1), None);
        assert_eq!(grid.place(NOW + MINUTE_MS), None);
    }

    #[test]
    fn keys_of_reports_find_their_point() {
        let grid = Grid::new(NOW, 60);
        assert_eq!(grid.place_of("2026-11-21T20:07Z"), Some(59));
        let hours = Grid::new(NOW, 7200);
        assert!(hours.of_hours());
        assert_eq!(hours.place_of("2026-11-21T20:00Z"), Some(119));
        assert_eq!(hours.place_of("2026-11-21T19:00Z"), Some(118));
    }

    #[test]
    fn long_times_have_long_steps() {
        let steps = |minutes| Grid::new(NOW, minutes).step_minutes();
        assert_eq!([1, 120, 121, 1440, 10_080, 43_200].map(steps), [1, 1, 5, 15, 360, 360]);
    }
}
