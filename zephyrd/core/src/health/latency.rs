//! How long an endpoint takes to answer.
//!
//! Two estimates from the same samples. `typical` is the median of the last five: one slow answer does not move
//! it, three do. `peak` jumps up with a slow sample and forgets it over τ = 300 s: for spreading load, where
//! believing in slowness at once is right. A failure counts as a slow answer in both.
//!
//! A probe is a tiny request, real ones are not: a real first token takes longer on the same endpoint. Compared
//! as they are, whoever serves would always look slower than whoever idles. So real times are divided by how
//! much longer they take than probes ([`LoadFactor`], learnt over all endpoints).

use std::collections::VecDeque;
use std::time::Duration;

const WINDOW: usize = 5;
/// Forgetting time of the peak estimate, and of the average that people see.
const TAU: f64 = 300.0;
const SLOW_AT_LEAST: Duration = Duration::from_secs(1);
const SLOW_AT_MOST: Duration = Duration::from_secs(30);

/// The measurements of one endpoint.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latency {
    window: VecDeque<Duration>,
    typical: Option<Duration>,
    peak: Option<(f64, Duration)>,
    ttft: Option<(f64, Duration)>,
    last_probe: Option<Duration>,
}

impl Latency {
    /// Blind to a single slow answer; `None` = never measured.
    pub(crate) fn typical(&self) -> Option<Duration> {
        self.typical
    }

    /// Quick to believe in slowness; `None` = never measured.
    pub(crate) fn peak(&self) -> Option<Duration> {
        self.peak.map(|(seconds, _)| Duration::from_secs_f64(seconds))
    }

    /// As [`Self::peak`] at `now`: without further samples too, slowness is forgotten.
    pub(crate) fn peak_at(&self, now: Duration) -> Option<Duration> {
        let (peak, at) = self.peak?;
        let typical = self.typical.unwrap_or_default().as_secs_f64().min(peak);
        let kept = (-now.saturating_sub(at).as_secs_f64() / TAU).exp();
        Some(Duration::from_secs_f64(typical + (peak - typical) * kept))
    }

    /// Time to first token of real traffic, averaged.
    pub(crate) fn ttft(&self) -> Option<Duration> {
        self.ttft.map(|(seconds, _)| Duration::from_secs_f64(seconds))
    }

    /// The last good probe's full response time.
    pub(crate) fn last_probe(&self) -> Option<Duration> {
        self.last_probe
    }

    pub(super) fn probe(&mut self, took: Duration, now: Duration) {
        self.last_probe = Some(took);
        self.sample(took, now);
    }

    /// A real answer's time to its first token.
    pub(super) fn real(&mut self, ttft: Duration, factor: &mut LoadFactor, now: Duration) {
        let (old, at) = self.ttft.unwrap_or((ttft.as_secs_f64(), now));
        self.ttft = Some((blend(old, ttft, at, now), now));
        let comparable = factor.divide(ttft);
        if let Some(probe) = self.last_probe {
            factor.learn(ttft, probe);
        }
        self.sample(comparable, now);
    }

    pub(super) fn failure(&mut self, now: Duration) {
        // Never measured stays so: a guess would be ranked like a measurement.
        if let Some(typical) = self.typical {
            self.sample((typical * 3).clamp(SLOW_AT_LEAST, SLOW_AT_MOST).max(typical), now);
        }
    }

    fn sample(&mut self, took: Duration, now: Duration) {
        if self.window.len() == WINDOW {
            self.window.pop_front();
        }
        self.window.push_back(took);
        let mut sorted = [Duration::ZERO; WINDOW];
        let sorted = &mut sorted[..self.window.len()];
        for (to, from) in sorted.iter_mut().zip(&self.window) {
            *to = *from;
        }
        sorted.sort_unstable();
        // Of an even number the lower: two samples of which one is slow are no slowness yet.
        self.typical = Some(sorted[(sorted.len() - 1) / 2]);
        let seconds = took.as_secs_f64();
        self.peak = Some(match self.peak {
            Some((old, at)) if seconds < old => (blend(old, took, at, now), now),
            _ => (seconds, now),
        });
    }
}

/// `old` of the time `at`, moved towards `sample` by the time that has passed, and by at least a tenth.
fn blend(old: f64, sample: Duration, at: Duration, now: Duration) -> f64 {
    let kept = (-now.saturating_sub(at).as_secs_f64() / TAU).exp().min(0.9);
    old * kept + sample.as_secs_f64() * (1.0 - kept)
}

/// How many times longer real first tokens take than probes, over all endpoints.
#[derive(Debug, Clone)]
pub(crate) struct LoadFactor {
    value: f64,
    samples: u32,
}

impl Default for LoadFactor {
    fn default() -> Self {
        Self { value: 1.0, samples: 0 }
    }
}

impl LoadFactor {
    fn divide(&self, ttft: Duration) -> Duration {
        ttft.div_f64(self.value)
    }

    /// Slow and bounded, so that an endpoint that has really become slow is seen as slow.
    fn learn(&mut self, ttft: Duration, probe: Duration) {
        let ratio = ttft.as_secs_f64() / probe.as_secs_f64().max(0.001);
        self.samples = self.samples.saturating_add(1);
        let share = (1.0 / f64::from(self.samples)).clamp(0.02, 0.2);
        let bounded = ratio.clamp(self.value / 2.0, self.value * 2.0);
        self.value = (self.value + (bounded - self.value) * share).clamp(1.0, 64.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn probed(samples: &[u64]) -> Latency {
        let mut latency = Latency::default();
        for (i, took) in samples.iter().enumerate() {
            latency.probe(ms(*took), Duration::from_secs(60 * i as u64));
        }
        latency
    }

    #[test]
    fn one_slow_answer_does_not_move_the_typical_time_but_three_do() {
        assert_eq!(probed(&[100, 110, 5_000]).typical(), Some(ms(110)));
        assert_eq!(probed(&[100, 5_000]).typical(), Some(ms(100)));
        assert_eq!(probed(&[100, 110, 105, 5_000, 4_000, 6_000]).typical(), Some(ms(4_000)));
    }

    #[test]
    fn the_peak_jumps_up_at_once_and_comes_down_with_time() {
        let mut latency = probed(&[100, 5_000]);
        assert_eq!(latency.peak(), Some(ms(5_000)));
        let peak = |now| latency.peak_at(Duration::from_secs(now)).unwrap();
        assert_eq!(peak(60), ms(5_000));
        assert!((ms(1_900)..ms(2_000)).contains(&peak(360)), "by a factor of e in 300 s, towards 100 ms");
        assert!(peak(60 + 3_000) < ms(101), "also while nobody asks it");
        latency.probe(ms(100), Duration::from_secs(61));
        assert!(latency.peak() > Some(ms(4_000)));
        latency.probe(ms(100), Duration::from_secs(61 + 1_500));
        assert!(latency.peak() < Some(ms(200)));
    }

    #[test]
    fn a_failure_counts_as_slow_but_measures_nothing_by_itself() {
        let mut latency = Latency::default();
        latency.failure(ms(0));
        assert_eq!((latency.typical(), latency.peak()), (None, None));
        let mut latency = probed(&[100]);
        latency.failure(ms(0));
        assert_eq!(latency.peak(), Some(ms(1_000)));
    }

    #[test]
    fn whoever_serves_big_requests_does_not_look_slower_than_whoever_idles() {
        let mut factor = LoadFactor::default();
        let mut busy = probed(&[100]);
        for i in 0..200 {
            busy.real(ms(800), &mut factor, Duration::from_secs(i));
        }
        assert!(busy.typical() < Some(ms(130)), "{:?}", busy.typical());
        assert_eq!(busy.ttft(), Some(ms(800)));
        for i in 200..203 {
            busy.real(ms(8_000), &mut factor, Duration::from_secs(i));
        }
        assert!(busy.typical() > Some(ms(800)), "{:?}", busy.typical());
    }
}
