//! Labels and values, one pair per line.

use super::glyph::{DIM, paint};

/// Pairs in the making; values must be safe for a terminal already.
#[derive(Debug, Default)]
pub(crate) struct Pairs(String);

impl Pairs {
    pub(crate) fn add(&mut self, label: &str, value: impl AsRef<str>) {
        let value = value.as_ref();
        if !value.is_empty() {
            self.0.push_str(&format!("  {} {value}\n", paint(DIM, &format!("{label:<14}"))));
        }
    }

    /// The lines.
    pub(crate) fn text(self) -> String {
        self.0
    }
}
