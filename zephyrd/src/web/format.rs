//! Values as text, exactly as the script writes them when they change (`assets/zephyr/format.js`).

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::Value;
use zephyr_words::{Words, say};

use crate::http::time::rfc3339;
use crate::system::text::clean;

/// What is shown where there is nothing.
pub(super) const NOTHING: &str = "–";

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// As it is.
    Text,
    /// As it is, and nothing where there is nothing.
    Plain,
    /// Names in the order in which they are tried.
    Order,
    /// Names.
    Names,
    /// Milliseconds.
    Ms,
    /// A whole number with its thousands apart.
    Count,
    /// A number in three digits or so.
    Short,
    /// Dollars.
    Usd,
    /// A share of one in percent.
    Percent,
    /// A point in time on the clock of whoever looks.
    Time,
    /// A length of time in seconds.
    Seconds,
    /// How long ago a time was.
    Age,
    /// How long it is until a time.
    Left,
    /// Milliseconds that are left, which go on.
    Countdown,
}

impl Format {
    /// Its name in `data-format`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Plain => "plain",
            Self::Order => "order",
            Self::Names => "names",
            Self::Ms => "ms",
            Self::Count => "count",
            Self::Short => "short",
            Self::Usd => "usd",
            Self::Percent => "percent",
            Self::Time => "time",
            Self::Seconds => "seconds",
            Self::Age => "age",
            Self::Left => "left",
            Self::Countdown => "countdown",
        }
    }

    /// The time that its text hangs on, where that changes by itself.
    pub(super) fn ticks(self, value: &Value, now_unix_ms: i64) -> Option<String> {
        match self {
            Self::Age | Self::Left => Some(value.as_str().unwrap_or_default().to_owned()),
            Self::Countdown => Some(rfc3339(now_unix_ms.saturating_add(value.as_i64()?))),
            _ => None,
        }
    }

    /// `value` in it.
    pub(super) fn write(self, value: &Value, words: &Words, now_unix_ms: i64) -> String {
        let number = value.as_f64().filter(|n| n.is_finite());
        let at = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let written = match self {
            Self::Text => text(value).filter(|text| !text.is_empty()),
            Self::Plain => Some(text(value).unwrap_or_default()),
            Self::Order => joined(value, " → "),
            Self::Names => joined(value, ", "),
            Self::Ms => number.map(ms),
            Self::Count => number.map(count),
            Self::Short => number.map(short),
            Self::Usd => number.map(usd),
            Self::Percent => number.map(percent),
            Self::Time => at.map(|at| time(at, now_unix_ms)),
            Self::Seconds => number.map(|n| span(n as i64, words)),
            Self::Age => at.map(|at| span((now_unix_ms - at.as_millisecond()).div_euclid(1000), words)),
            Self::Left => at
                .map(|at| (at.as_millisecond() - now_unix_ms).saturating_add(999).div_euclid(1000))
                .filter(|left| *left > 0)
                .map(|left| span(left, words)),
            Self::Countdown => value.as_i64().map(|left| span(left.saturating_add(999) / 1000, words)),
        };
        written.unwrap_or_else(|| NOTHING.to_owned())
    }
}

fn joined(value: &Value, between: &str) -> Option<String> {
    let list = value.as_array().filter(|list| !list.is_empty())?;
    Some(list.iter().filter_map(text).collect::<Vec<_>>().join(between))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(clean(text)),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whole seconds in their two largest units.
pub(super) fn span(seconds: i64, words: &Words) -> String {
    let s = seconds.max(0);
    match (s / 86_400, s / 3600 % 24, s / 60 % 60) {
        (0, 0, 0) => say!(words, "web-span-seconds", s = s.to_string()),
        (0, 0, m) if m < 5 => {
            say!(words, "web-span-minutes-seconds", m = m.to_string(), s = (s % 60).to_string())
        }
        (0, 0, m) => say!(words, "web-span-minutes", m = m.to_string()),
        (0, h, m) => say!(words, "web-span-hours", h = h.to_string(), m = m.to_string()),
        (d, h, _) => say!(words, "web-span-days", d = d.to_string(), h = h.to_string()),
    }
}

/// Milliseconds; seconds from ten thousand on.
pub(super) fn ms(ms: f64) -> String {
    match ms {
        ms if ms >= 10_000.0 => format!("{:.1} s", ms / 1000.0),
        ms if ms > 0.0 && ms < 10.0 => format!("{ms:.1} ms"),
        ms => format!("{:.0} ms", ms.max(0.0)),
    }
}

/// A whole number with its thousands apart.
pub(super) fn count(number: f64) -> String {
    let digits = format!("{:.0}", number.trunc().abs());
    let mut out = String::from(if number <= -1.0 { "-" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number in three digits or so.
pub(super) fn short(number: f64) -> String {
    if number < 10_000.0 {
        return format!("{:.0}", number.trunc());
    }
    let units = [(1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T")];
    let (unit, name) = units.into_iter().find(|(unit, _)| number < unit * 999.5).unwrap_or((1e12, "T"));
    let scaled = number / unit;
    if scaled < 99.95 { format!("{scaled:.1}{name}") } else { format!("{scaled:.0}{name}") }
}

/// Dollars: cents from one dollar on, four places below.
pub(super) fn usd(amount: f64) -> String {
    let sign = if amount < 0.0 { "-" } else { "" };
    match amount.abs() {
        0.0 => "$0.00".to_owned(),
        small if small < 0.0001 => if amount < 0.0 { ">-$0.0001" } else { "<$0.0001" }.to_owned(),
        below if below < 0.99995 => format!("{sign}${below:.4}"),
        above => format!("{sign}${above:.2}"),
    }
}

/// A share of one in percent; all and nothing only where it is just that.
pub(super) fn percent(share: f64) -> String {
    match share {
        share if share > 0.0 && share < 0.01 => "<1 %".to_owned(),
        share if share > 0.99 && share < 1.0 => ">99 %".to_owned(),
        share => format!("{:.0} %", share * 100.0),
    }
}

/// A time of day, with the date where it is not today's.
pub(super) fn time(at: Timestamp, now_unix_ms: i64) -> String {
    let zone = TimeZone::system();
    let now = Timestamp::from_millisecond(now_unix_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    in_zone(&at.to_zoned(zone.clone()), &now.to_zoned(zone))
}

fn in_zone(at: &Zoned, now: &Zoned) -> String {
    let form = match (at.year() == now.year(), at.date() == now.date()) {
        (true, true) => "%H:%M:%S",
        (true, false) => "%m-%d %H:%M:%S",
        _ => "%Y-%m-%d %H:%M",
    };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use zephyr_words::{Catalogue, Language, WEB};

    use super::*;

    static CATALOGUE: Catalogue = Catalogue::new(&[WEB]);
    const NOW: i64 = 1_763_755_200_000;

    fn shown(format: Format, values: &[Value]) -> Vec<String> {
        values.iter().map(|v| format.write(v, CATALOGUE.of(Language::English), NOW)).collect()
    }

    #[test]
    fn what_is_not_there_is_a_dash_whatever_it_should_be() {
        for format in
            [Format::Text, Format::Order, Format::Ms, Format::Usd, Format::Time, Format::Age, Format::Left]
        {
            assert_eq!(shown(format, &[Value::Null, json!({}), json!([])]), [NOTHING; 3], "{format:?}");
        }
        assert_eq!(shown(Format::Plain, &[Value::Null]), [""]);
    }

    #[test]
    fn numbers_are_short_and_honest() {
        let ms = [json!(0.42), json!(9.96), json!(112.4), json!(12_345), json!(0)];
        assert_eq!(shown(Format::Ms, &ms), ["0.4 ms", "10.0 ms", "112 ms", "12.3 s", "0 ms"]);
        let counts = [json!(0), json!(999), json!(1000), json!(1_234_567), json!(-1_234)];
        assert_eq!(shown(Format::Count, &counts), ["0", "999", "1,000", "1,234,567", "-1,234"]);
        let numbers = [json!(9_999), json!(12_345), json!(99_950), json!(1_234_567)];
        assert_eq!(shown(Format::Short, &numbers), ["9999", "12.3k", "100k", "1.2M"]);
        let dollars = [json!(0), json!(0.00001), json!(0.0123), json!(3.185), json!(-0.5)];
        assert_eq!(shown(Format::Usd, &dollars), ["$0.00", "<$0.0001", "$0.0123", "$3.19", "-$0.5000"]);
        let shares = [json!(0), json!(0.001), json!(0.64), json!(0.999), json!(1.3)];
        assert_eq!(shown(Format::Percent, &shares), ["0 %", "<1 %", "64 %", ">99 %", "130 %"]);
    }

    #[test]
    fn times_are_told_as_how_long_ago_or_ahead() {
        let ago =
            [json!("2025-11-21T19:59:01Z"), json!("2025-11-21T19:58:00Z"), json!("2025-11-20T18:00:00Z")];
        assert_eq!(shown(Format::Age, &ago), ["59 s", "2 min 0 s", "1 d 2 h"]);
        let ahead =
            [json!("2025-11-21T20:00:00.001Z"), json!("2025-11-21T21:30:00Z"), json!("2025-11-21T20:00:00Z")];
        assert_eq!(shown(Format::Left, &ahead), ["1 s", "1 h 30 min", NOTHING]);
        assert_eq!(shown(Format::Age, &[json!("soon"), json!("2026-01-01T00:00:00Z")]), [NOTHING, "0 s"]);
    }

    #[test]
    fn a_time_has_its_date_where_that_is_not_todays() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().to_zoned(TimeZone::UTC);
        let now = at("2026-11-21T12:00:00Z");
        assert_eq!(in_zone(&at("2026-11-21T01:02:03Z"), &now), "01:02:03");
        assert_eq!(in_zone(&at("2026-11-20T01:02:03Z"), &now), "11-20 01:02:03");
        assert_eq!(in_zone(&at("2025-11-21T01:02:03Z"), &now), "2025-11-21 01:02");
    }

    #[test]
    fn strings_lose_what_could_turn_text_round() {
        assert_eq!(shown(Format::Text, &[json!("a\u{202e}b\nc")]), ["ab c"]);
    }
}
