//! Makes a [`Plan`] of the raw tree, or says everything that is wrong with it.

use super::facts::{Facts, Needs};
use super::plan::Plan;
use super::problem::Problem;

/// What the shell must gather before [`check`]. Never fails: a broken text needs nothing more.
#[must_use]
pub fn needs(text: &str) -> Needs { todo!() }

/// The plan that `text` describes, with its warnings, or every problem in it.
///
/// # Errors
/// All problems at once, in the order of the text; at least one of them is an error.
pub fn check(text: &str, facts: &Facts) -> Result<(Plan, Vec<Problem>), Vec<Problem>> { todo!() }
