//! Round numbers for an axis.

/// From 0 to a round number, in round steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    step: f64,
    steps: u32,
}

impl Scale {
    /// The smallest that `highest` fits in, with two to five steps of 1, 2 or 5 times a power of ten.
    pub(super) fn up_to(highest: f64) -> Self {
        let highest = if highest.is_finite() && highest > 0.0 { highest } else { 1.0 };
        let rough = highest / 4.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|step| *step >= rough * 0.999);
        let step = step.unwrap_or(10.0 * power);
        let steps = (highest / step * 0.999_999).ceil().max(1.0) as u32;
        Self { step, steps }
    }

    /// Its end.
    pub(super) fn top(&self) -> f64 {
        self.step * f64::from(self.steps)
    }

    /// Every number that is written at the axis.
    pub(super) fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        let step = self.step;
        (0..=self.steps).map(move |n| step * f64::from(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_fits_and_steps_are_round() {
        for highest in [1e-9, 0.003, 0.9, 1.0, 4.0, 7.3, 99.0, 100.0, 101.0, 12_345_678.0] {
            let scale = Scale::up_to(highest);
            assert!(
                scale.top() >= highest * 0.999_99 && scale.top() <= highest * 2.5,
                "{highest}: {scale:?}"
            );
            assert!((2..=5).contains(&scale.steps), "{highest}: {scale:?}");
        }
        assert_eq!(Scale::up_to(7.3).ticks().collect::<Vec<_>>(), [0.0, 2.0, 4.0, 6.0, 8.0]);
        for nothing in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Scale::up_to(nothing).top(), 1.0);
        }
    }
}
