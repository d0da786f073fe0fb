//! A history of measurements as one line of bars.

use crate::view::Measurement;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// A failed probe, different from every bar without colour too.
const FAILED: char = '✕';

/// One character per measurement, oldest first; bars grow from zero to the slowest.
pub(crate) fn line(history: &[Measurement]) -> String {
    let slowest = history.iter().filter_map(good).fold(0.0, f64::max);
    history.iter().map(|m| good(m).map_or(FAILED, |ms| bar(ms, slowest))).collect()
}

/// Latency of a good measurement.
pub(crate) fn good(measurement: &Measurement) -> Option<f64> {
    measurement.latency_ms.filter(|ms| measurement.error.is_none() && ms.is_finite() && *ms >= 0.0)
}

fn bar(ms: f64, slowest: f64) -> char {
    let share = if slowest > 0.0 { ms / slowest } else { 0.0 };
    let step = (1..BARS.len()).rev().find(|step| share * 8.0 > *step as f64).unwrap_or(0);
    BARS.get(step).copied().unwrap_or(FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(list: &[Option<f64>]) -> Vec<Measurement> {
        list.iter()
            .map(|ms| Measurement {
                unix_ms: 0,
                latency_ms: *ms,
                error: ms.is_none().then(|| "down".to_owned()),
            })
            .collect()
    }

    #[test]
    fn bars_grow_with_the_latency_and_failures_stand_out() {
        let history = measured(&[Some(10.0), Some(50.0), None, Some(100.0), Some(f64::NAN)]);
        assert_eq!(line(&history), "▁▄✕█✕");
        assert_eq!(line(&measured(&[Some(0.0), Some(0.0)])), "▁▁");
        assert_eq!(line(&[]), "");
    }
}
