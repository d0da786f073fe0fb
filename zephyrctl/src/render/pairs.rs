//! Labels and values, one pair per line.

use super::glyph::{DIM, paint};
use super::text::width;

/// Columns for a label.
const LABEL: usize = 14;

/// Pairs in the making; values must be safe for a terminal already.
#[derive(Debug, Default)]
pub(crate) struct Pairs(String);

impl Pairs {
    pub(crate) fn add(&mut self, label: &str, value: impl AsRef<str>) {
        let value = value.as_ref();
        if !value.is_empty() {
            let pad = " ".repeat(LABEL.saturating_sub(width(label)));
            self.0.push_str(&format!("  {} {value}\n", paint(DIM, &format!("{label}{pad}"))));
        }
    }

    /// The lines.
    pub(crate) fn text(self) -> String {
        self.0
    }
}
