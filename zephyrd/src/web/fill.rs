//! Shows JSON in elements that say what they show, so that the script can fill them anew when it changes
//! (`assets/zephyr/fill.js`). What the pages show is what the API answers: one shape, made once.

use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use zephyr_words::{Words, say};

use super::format::{Format, ms};
use super::page::Page;

/// Measurements that a sparkline has room for.
const MOST_BARS: usize = 20;

/// One thing that is shown, in the language of whoever looks.
#[derive(Clone, Copy)]
pub(super) struct Fill<'a> {
    words: &'a Words,
    now_unix_ms: i64,
    item: &'a Value,
}

impl<'a> Fill<'a> {
    /// `item`, for `page`.
    pub(super) fn new(page: &'a Page, item: &'a Value) -> Self {
        Self { words: page.words, now_unix_ms: page.now_unix_ms, item }
    }

    fn of<'b>(&self, item: &'b Value) -> Fill<'b>
    where
        'a: 'b,
    {
        Fill { words: self.words, now_unix_ms: self.now_unix_ms, item }
    }

    /// What stands at `a.b`; `.` is the whole, and what is not there is null.
    pub(super) fn at(&self, field: &str) -> &'a Value {
        const NULL: &Value = &Value::Null;
        if field == "." {
            return self.item;
        }
        field.split('.').fold(self.item, |value, name| value.get(name).unwrap_or(NULL))
    }

    /// The text of a field that is a string; empty where it is none.
    pub(super) fn str(&self, field: &str) -> &'a str {
        self.at(field).as_str().unwrap_or_default()
    }

    /// Whether a condition holds: `error` (something is there), `admin=paused,drained` (it is one of these), `!…` (not).
    pub(super) fn holds(&self, condition: &str) -> bool {
        let (not, condition) = condition.strip_prefix('!').map_or((false, condition), |rest| (true, rest));
        let (field, wanted) = condition.split_once('=').map_or((condition, None), |(f, w)| (f, Some(w)));
        let value = self.at(field);
        let is = match wanted {
            Some(wanted) => {
                let told = value.as_str().map_or_else(
                    || if value.is_null() { String::new() } else { value.to_string() },
                    str::to_owned,
                );
                wanted.split(',').any(|one| one == told)
            }
            None => match value {
                Value::Null => false,
                Value::Bool(is) => *is,
                Value::Number(number) => number.as_f64() != Some(0.0),
                Value::String(text) => !text.is_empty(),
                Value::Array(list) => !list.is_empty(),
                Value::Object(_) => true,
            },
        };
        is != not
    }

    /// Not to be shown as `condition` does not hold: for `hidden[…]` beside `data-if`.
    pub(super) fn hides(&self, condition: &str) -> bool {
        !self.holds(condition)
    }

    /// A field as text.
    pub(super) fn text(&self, field: &str, format: Format) -> Markup {
        html! { span data-field=(field) data-format=(format.name()) data-value=[self.ticking(field, format)] { (self.written(field, format)) } }
    }

    /// A field as a cell of a table; `label` is its column's name, for narrow screens.
    pub(super) fn cell(&self, label: &str, field: &str, format: Format) -> Markup {
        let number = matches!(
            format,
            Format::Ms | Format::Count | Format::Short | Format::Usd | Format::Percent | Format::Seconds
        );
        html! { td.number[number] data-label=(label) data-field=(field) data-format=(format.name()) data-value=[self.ticking(field, format)] { (self.written(field, format)) } }
    }

    /// A state as a glyph, a colour and a word; `prefix` is what its words' keys begin with.
    pub(super) fn state(&self, field: &str, prefix: &str) -> Markup {
        let state = self.str(field);
        let key = format!("{prefix}{state}");
        let word = self.words.maybe(&key).unwrap_or_else(|| state.into());
        html! { span.state data-field=(field) data-format="state" data-words=(prefix) data-state=(state) { (word) } }
    }

    /// As [`Self::state`], as a word alone.
    pub(super) fn word(&self, field: &str, prefix: &str) -> Markup {
        let told = self.str(field);
        let key = format!("{prefix}{told}");
        let word = self.words.maybe(&key).unwrap_or_else(|| told.into());
        html! { span data-field=(field) data-format="state" data-words=(prefix) { (word) } }
    }

    /// A link to what is below `place` by the name of the field.
    pub(super) fn link(&self, field: &str, place: &str) -> Markup {
        let name = self.str(field);
        let to =
            (!name.is_empty()).then(|| format!("{place}{}", utf8_percent_encode(name, NON_ALPHANUMERIC)));
        html! { a href=[to] data-field=(field) data-format="plain" data-link=(place) { (self.written(field, Format::Plain)) } }
    }

    /// A share of one as a bar; what it is in words stands beside it.
    pub(super) fn meter(&self, field: &str) -> Markup {
        let share = self.at(field).as_f64().unwrap_or(0.0);
        html! { meter data-field=(field) data-format="meter" min="0" max="1" low="0.8" high="0.99" optimum="0.1" value=(share) {} }
    }

    /// The last measurements as bars.
    pub(super) fn spark(&self, field: &str) -> Markup {
        let none = Vec::new();
        let list = self.at(field).as_array().unwrap_or(&none);
        let list = &list[list.len().saturating_sub(MOST_BARS)..];
        let latency = |m: &Value| m.get("latency_ms").and_then(Value::as_f64);
        let good: Vec<f64> = list.iter().filter_map(latency).collect();
        let slowest = good.iter().copied().fold(0.0, f64::max);
        let height = |m: &Value| match latency(m) {
            Some(ms) if slowest > 0.0 => ((ms / slowest * 18.0).round() as usize).max(2),
            Some(_) => 2,
            None => 18,
        };
        html! {
            svg.spark data-field=(field) data-format="spark" viewBox="0 0 102 20" role="img" aria-label=(self.spark_label(&good, list.len())) {
                @for (i, m) in list.iter().enumerate() {
                    rect x=(1 + (MOST_BARS - list.len() + i) * 5) y=(19 - height(m)) width="3" height=(height(m)) class=(if latency(m).is_some() { "ok" } else { "bad" }) {}
                }
            }
        }
    }

    fn spark_label(&self, good: &[f64], all: usize) -> String {
        if all == 0 {
            return say!(self.words, "web-spark-none").into_owned();
        }
        if good.is_empty() {
            return say!(self.words, "web-spark-failed", failed = all.to_string());
        }
        let low = ms(good.iter().copied().fold(f64::INFINITY, f64::min));
        let high = ms(good.iter().copied().fold(0.0, f64::max));
        say!(self.words, "web-spark", low = low, high = high, failed = (all - good.len()).to_string())
    }

    /// The rows of a list with the template that new ones are made of. Each begins with its key, which [`keyed`] gives.
    pub(super) fn rows(&self, field: &str, row: impl Fn(Fill<'_>) -> Markup) -> Markup {
        let none = Vec::new();
        let list = self.at(field).as_array().unwrap_or(&none);
        html! {
            template { (row(self.of(&Value::Null))) }
            @for item in list { (row(self.of(item))) }
        }
    }

    /// The key of a row: null's is none, for the template.
    pub(super) fn key(&self, field: &str) -> Option<String> {
        if self.item.is_null() { None } else { Some(Format::Plain.write(self.at(field), self.words, 0)) }
    }

    fn written(&self, field: &str, format: Format) -> String {
        format.write(self.at(field), self.words, self.now_unix_ms)
    }

    fn ticking(&self, field: &str, format: Format) -> Option<String> {
        format.ticks(self.at(field), self.now_unix_ms)
    }
}
