//! The choice of a time above a report.

use maud::{Markup, html};
use zephyr_words::{Words, say};

use super::asked::Asked;
use super::period::{Period, RANGES};

/// A named range or two dates; `open` where "any time" is a choice.
pub(super) fn choice(words: &Words, asked: &Asked, period: &Period, open: bool) -> Markup {
    let dates = period.range.is_empty();
    html! {
        label { span { (say!(words, "rep-filter-range")) }
            select name="range" {
                @if open || dates { option value="" selected[dates] { @if open { (say!(words, "rep-filter-any")) } @else { (say!(words, "rep-filter-dates")) } } }
                @for (name, _) in RANGES {
                    option value=(name) selected[period.range == name] { (named(words, name)) }
                }
            }
        }
        (date(&say!(words, "rep-filter-from"), "start_date", asked))
        (date(&say!(words, "rep-filter-to"), "end_date", asked))
    }
}

/// What was written and is no time.
pub(super) fn wrong(words: &Words, period: &Period) -> Markup {
    html! {
        @if let Some(wrong) = &period.wrong {
            p.bad role="alert" { (say!(words, "rep-filter-no-time", text = crate::system::text::clean(wrong))) }
        }
    }
}

fn date(label: &str, name: &str, asked: &Asked) -> Markup {
    let value = asked.get(name);
    html! {
        label { span { (label) }
            input type="text" name=(name) value=(value) placeholder="2026-11-21 20:15" maxlength="40" autocomplete="off";
        }
    }
}

fn named(words: &Words, name: &str) -> String {
    let text = match name {
        "1h" => say!(words, "rep-range-hour"),
        "24h" => say!(words, "rep-range-day"),
        "7d" => say!(words, "rep-range-week"),
        "30d" => say!(words, "rep-range-month"),
        "90d" => say!(words, "rep-range-quarter"),
        _ => say!(words, "rep-range-year"),
    };
    text.into_owned()
}
