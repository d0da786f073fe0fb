//! The texts that the script needs: they travel in the page, so that they are in its language. `{name}` in them is filled in
//! by the script.

use std::borrow::Cow;

use maud::{Markup, html};
use zephyr_words::{Words, say};

/// `"key"` or `"key" (a, b)`, where the text has these variables.
macro_rules! texts {
    ($words:expr; $($key:literal $(($($name:ident),+))?,)*) => {
        [$(($key, texts!(@text $words, $key $(, $($name),+)?)),)*]
    };
    (@text $words:expr, $key:literal) => { say!($words, $key) };
    (@text $words:expr, $key:literal, $($name:ident),+) => {
        Cow::<'_, str>::Owned(say!($words, $key, $($name = concat!("{", stringify!($name), "}")),+))
    };
}

/// All of them, where no eye sees them.
pub(super) fn template(words: &Words) -> Markup {
    let texts = texts! { words;
        "state-up", "state-degraded", "state-cooling", "state-exhausted", "state-auth-failed",
        "state-misconfigured", "state-unknown",
        "web-overall-ok", "web-overall-degraded", "web-overall-down",
        "web-admin-auto", "web-admin-pinned", "web-admin-paused", "web-admin-drained",
        "web-group-active", "web-group-standby", "web-group-available", "web-group-paused", "web-group-cooling",
        "web-group-exhausted", "web-group-disabled", "web-group-no-healthy-endpoint",
        "web-phase-choosing", "web-phase-waiting", "web-phase-asking", "web-phase-answering",
        "web-phase-queued", "web-phase-suspended",
        "web-period-day", "web-period-week", "web-period-month",
        "web-live-live", "web-live-stale"(time),
        "web-span-seconds"(s), "web-span-minutes"(m), "web-span-minutes-seconds"(m, s),
        "web-span-hours"(h, m), "web-span-days"(d, h),
        "web-spark"(low, high, failed), "web-spark-failed"(failed), "web-spark-none",
        "web-act-done"(what, name), "web-act-done-all"(what), "web-act-refused"(why), "web-act-login",
        "web-act-unreachable",
        "rep-status-succeeded", "rep-status-failed", "rep-status-cancelled", "rep-status-running",
        "rep-config-taken-up",
    };
    html! {
        template #words { @for (key, text) in texts { span data-word=(key) { (text) } } }
    }
}
