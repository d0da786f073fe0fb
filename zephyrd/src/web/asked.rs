//! What stands behind the `?` of a page's address: the filters, so that they work without script and can be kept as links.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use zephyr_core::usage::Filter;

/// Longest value, in bytes; what is longer is cut.
const LONGEST: usize = 256;
/// Most pairs that are looked at.
const MOST: usize = 32;

/// The names that narrow requests by pattern.
pub(super) const NAMES: [&str; 5] = ["model", "endpoint", "group", "client", "session"];

/// Names and values, of which the last of a name counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked(Vec<(String, String)>);

impl Asked {
    /// Of this query.
    pub(super) fn of(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes()).take(MOST);
        Self(pairs.map(|(name, value)| (name.into_owned(), cut(value.trim()).to_owned())).collect())
    }

    /// The value of `name`; empty where there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().rev().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// It is there and says yes.
    pub(super) fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), "1" | "on" | "true" | "yes")
    }

    /// The address of `path` with these values, `name` being `value` instead.
    pub(super) fn with(&self, path: &str, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (n, v) in self.0.iter().filter(|(n, v)| n != name && n != "after" && !v.is_empty()) {
            query.append_pair(n, v);
        }
        if !value.is_empty() {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// What narrows by name.
    pub(super) fn filter(&self) -> Filter {
        let [model, endpoint, group, client, session] =
            NAMES.map(|name| Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned));
        Filter { model, endpoint, group, client, session, everything: self.is_on("all"), ..Filter::default() }
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts.uri.query().unwrap_or_default()))
    }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_name_counts_and_links_keep_the_others() {
        let asked = Asked::of("model=a&model=b%3C%26&after=5.x&failed=1&client=");
        assert_eq!((asked.get("model"), asked.is_on("failed"), asked.get("none")), ("b<&", true, ""));
        let link = Asked::of("model=b%3C%26&after=5.x&failed=1").with("/requests", "failed", "");
        assert_eq!(link, "/requests?model=b%3C%26");
        assert_eq!(Asked::default().with("/requests", "failed", ""), "/requests");
    }

    #[test]
    fn only_what_was_filled_in_narrows() {
        let filter = Asked::of("model=opus*&endpoint=&all=1").filter();
        assert_eq!(
            (filter.model.as_deref(), filter.endpoint, filter.everything),
            (Some("opus*"), None, true)
        );
    }

    #[test]
    fn what_is_too_long_is_cut_between_characters() {
        assert_eq!(Asked::of(&format!("model={}", "é".repeat(400))).get("model").len(), LONGEST);
        assert_eq!(Asked::of(&format!("model=x{}", "é".repeat(400))).get("model").len(), LONGEST - 1);
    }
}
