//! One group and its endpoints.

use super::glyph::{BOLD, paint};
use super::list;
use super::text::name;
use crate::view::{Endpoint, Group};

/// The screen of `show GROUP`.
pub(crate) fn screen(group: &Group, endpoints: &[&Endpoint], width: Option<usize>) -> String {
    let default = if group.default { ", the default" } else { "" };
    let enabled = if group.enabled { "" } else { ", switched off in the config" };
    let head =
        format!("group {}: priority {}{default}{enabled}\n", paint(BOLD, &name(&group.name)), group.priority);
    if endpoints.is_empty() {
        head
    } else {
        format!("{head}\n{}", list::table(endpoints.iter().copied(), width))
    }
}
