//! One glyph and one colour per state; the glyphs differ without colour too.

use anstyle::{AnsiColor, Style};

/// Headings and side remarks.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What the eye should find first.
pub(crate) const BOLD: Style = Style::new().bold();
/// Something works.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Something works badly.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// Something does not work.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();

/// Glyph and colour of an endpoint, after its state and what the operator wants.
pub(crate) fn endpoint(state: &str, admin: &str) -> (&'static str, Style) {
    if matches!(admin, "paused" | "drained") {
        return ("‖", DIM);
    }
    match state {
        "up" => ("●", GOOD),
        "degraded" => ("◐", WARN),
        "cooling" => ("◌", WARN),
        "exhausted" => ("▽", WARN),
        "auth-failed" => ("✕", BAD),
        "misconfigured" => ("!", BAD),
        "unknown" => ("○", DIM),
        _ => ("?", DIM),
    }
}

/// Glyph and colour of a group.
pub(crate) fn group(state: &str) -> (&'static str, Style) {
    match state {
        "active" => ("●", GOOD),
        "standby" => ("○", DIM),
        "paused" => ("‖", DIM),
        "cooling" => ("◌", WARN),
        "exhausted" => ("▽", WARN),
        "disabled" => ("–", DIM),
        _ => ("?", DIM),
    }
}

/// Glyph and colour of the whole.
pub(crate) fn overall(state: &str) -> (&'static str, Style) {
    match state {
        "ok" => ("●", GOOD),
        "degraded" => ("◐", WARN),
        "down" => ("✕", BAD),
        _ => ("?", DIM),
    }
}

/// `text` in a style.
pub(crate) fn paint(style: Style, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}
