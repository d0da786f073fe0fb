//! When an endpoint says to come back: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110
//! §10.2.3). A date is read against the answer's own `Date`, so that a wrong clock on either side does no harm.

use std::time::Duration;

use http::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// Longest wait that is believed, as a guard against nonsense: a year.
pub(crate) const LONGEST: f64 = 365.0 * 24.0 * 3600.0;

static RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// The wait that an answer's headers state.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &HeaderName| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    if let Some(wait) = text(&RETRY_AFTER_MS).and_then(|t| seconds(t, 1e-3)) {
        return Some(wait);
    }
    let stated = text(&RETRY_AFTER)?;
    seconds(stated, 1.0).or_else(|| {
        let until = httpdate::parse_http_date(stated).ok()?;
        let now = text(&DATE).and_then(|t| httpdate::parse_http_date(t).ok())?;
        Some(until.duration_since(now).unwrap_or_default())
    })
}

/// A plain number of units of so many seconds each.
pub(crate) fn seconds(text: &str, unit: f64) -> Option<Duration> {
    let number: f64 = text.parse().ok()?;
    let plain = number.is_finite() && number >= 0.0;
    plain.then(|| Duration::from_secs_f64((number * unit).min(LONGEST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(pairs: &[(&'static str, &str)]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().expect("value"));
        }
        retry_after(&headers)
    }

    #[test]
    fn seconds_fractions_and_milliseconds_are_read() {
        assert_eq!(wait(&[("retry-after", " 17 ")]), Some(Duration::from_secs(17)));
        assert_eq!(wait(&[("retry-after", "0.5")]), Some(Duration::from_millis(500)));
        assert_eq!(
            wait(&[("retry-after", "9"), ("retry-after-ms", "250")]),
            Some(Duration::from_millis(250))
        );
        for nonsense in ["-1", "soon", "nan", "inf", ""] {
            assert_eq!(wait(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
    }

    #[test]
    fn a_date_is_read_against_the_answers_own_clock() {
        let date = ("date", "Fri, 20 Nov 2026 10:00:00 GMT");
        assert_eq!(
            wait(&[("retry-after", "Fri, 20 Nov 2026 10:01:30 GMT"), date]),
            Some(Duration::from_secs(90))
        );
        assert_eq!(wait(&[("retry-after", "Fri, 20 Nov 2026 09:00:00 GMT"), date]), Some(Duration::ZERO));
        assert_eq!(wait(&[("retry-after", "Fri, 20 Nov 2026 10:01:30 GMT")]), None);
    }
}
