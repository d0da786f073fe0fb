//! Times and amounts of the reports, as all pages write them, from plain numbers. Days and hours are those of the place where
//! the daemon lives.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::format;
use crate::http::time::rfc3339;

/// The time zone of the daemon.
pub(super) fn zone() -> TimeZone {
    TimeZone::system()
}

/// `2026-11-21 20:15:03` where the daemon lives.
pub(super) fn moment(unix_ms: i64) -> String {
    let instant = Timestamp::from_millisecond(unix_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    instant.to_zoned(zone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A moment with its exact time for programs.
pub(super) fn time(unix_ms: i64) -> Markup {
    html! { time datetime=(rfc3339(unix_ms)) { (moment(unix_ms)) } }
}

/// Milliseconds.
pub(super) fn duration(ms: u64) -> String {
    format::ms(ms as f64)
}

/// A number in three digits or so.
pub(super) fn short(n: u64) -> String {
    format::short(n as f64)
}

/// A whole number with its thousands apart.
pub(super) fn amount(n: u64) -> String {
    format::count(n as f64)
}

/// A share of one in percent.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| format::NOTHING.to_owned(), format::percent)
}

/// Dollars.
pub(super) fn money(nanos: i64) -> String {
    format::usd(nanos as f64 / 1e9)
}
