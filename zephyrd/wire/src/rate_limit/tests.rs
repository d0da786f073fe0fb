//! Headers as endpoints send them, and what they mean.

use super::*;

/// 2026-11-20 10:00:00 UTC, the `Date` of the answers.
const DATE_UNIX: i64 = 1_795_168_800;
const OWN: (&str, &str) = ("date", "Fri, 20 Nov 2026 10:00:00 GMT");
const S: fn(u64) -> Duration = Duration::from_secs;

fn read(pairs: &[(&'static str, &str)]) -> RateLimit {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, value.parse().unwrap());
    }
    // The machine's clock is an hour wrong: only what has no `Date` may be read by it.
    rate_limit(&headers, || (DATE_UNIX + 3_600) * 1_000)
}

fn after(seconds: i64) -> String {
    (DATE_UNIX + seconds).to_string()
}

fn of(rejected: Rejected, wait: u64) -> RateLimit {
    RateLimit { wait: Some(S(wait)), rejected: Some(rejected), warned: false }
}

#[test]
fn a_used_up_subscription_is_back_when_the_last_of_its_windows_is() {
    let (h5, d7) = (after(2_094), after(110_000));
    let five = [
        OWN,
        ("anthropic-ratelimit-unified-status", "rejected"),
        ("anthropic-ratelimit-unified-5h-status", "rejected"),
        ("anthropic-ratelimit-unified-5h-reset", h5.as_str()),
        ("anthropic-ratelimit-unified-7d-status", "allowed"),
        ("anthropic-ratelimit-unified-7d-reset", d7.as_str()),
        ("anthropic-ratelimit-unified-overage-status", "rejected"),
        ("anthropic-ratelimit-unified-representative-claim", "five_hour"),
        ("retry-after", "2094"),
    ];
    assert_eq!(read(&five), of(Rejected::Account, 2_094));
    let mut both = five;
    both[4].1 = "rejected";
    assert_eq!(read(&both), of(Rejected::Account, 110_000));
    let mut longer = five;
    longer[8].1 = "4000";
    assert_eq!(read(&longer), of(Rejected::Account, 4_000));
}

#[test]
fn what_one_family_of_models_has_used_up_is_its_own() {
    let (week, opus) = (after(5_000), after(300_000));
    let family = [
        OWN,
        ("anthropic-ratelimit-unified-status", "rejected"),
        ("anthropic-ratelimit-unified-7d-status", "allowed_warning"),
        ("anthropic-ratelimit-unified-7d-reset", week.as_str()),
        ("anthropic-ratelimit-unified-7d_opus-status", "rejected"),
        ("anthropic-ratelimit-unified-7d_opus-reset", opus.as_str()),
    ];
    assert_eq!(read(&family), of(Rejected::Family, 300_000));
    let by_claim = [
        OWN,
        ("anthropic-ratelimit-unified-status", "rejected"),
        ("anthropic-ratelimit-unified-reset", opus.as_str()),
        ("anthropic-ratelimit-unified-representative-claim", "seven_day_opus"),
    ];
    assert_eq!(read(&by_claim), of(Rejected::Family, 300_000));
}

#[test]
fn without_windows_the_claim_and_the_overall_reset_decide() {
    let (week, overall) = (after(5_000), after(70));
    let mut plain = vec![
        OWN,
        ("anthropic-ratelimit-unified-status", "rejected"),
        ("anthropic-ratelimit-unified-reset", overall.as_str()),
    ];
    assert_eq!(read(&plain), of(Rejected::Account, 70));
    plain.push(("anthropic-ratelimit-unified-representative-claim", "seven_day"));
    plain.push(("anthropic-ratelimit-unified-7d-reset", week.as_str()));
    assert_eq!(read(&plain), of(Rejected::Account, 5_000));
    let nothing = read(&[("anthropic-ratelimit-unified-status", "rejected")]);
    assert_eq!((nothing.rejected, nothing.wait), (Some(Rejected::Account), None));
}

#[test]
fn a_subscription_that_goes_on_is_not_limited() {
    let (h5, d7) = (after(900), after(110_000));
    for (status, warned) in [("allowed", false), ("allowed_warning", true)] {
        let said = read(&[
            OWN,
            ("anthropic-ratelimit-unified-status", status),
            ("anthropic-ratelimit-unified-5h-status", status),
            ("anthropic-ratelimit-unified-5h-reset", h5.as_str()),
            ("anthropic-ratelimit-unified-7d-reset", d7.as_str()),
            ("anthropic-ratelimit-unified-overage-status", "rejected"),
        ]);
        assert_eq!(said, RateLimit { wait: None, rejected: None, warned }, "{status}");
    }
}

#[test]
fn without_a_date_the_given_time_is_the_clock() {
    let reset = after(3_600 + 30);
    let said = read(&[
        ("anthropic-ratelimit-unified-status", "rejected"),
        ("anthropic-ratelimit-unified-5h-status", "rejected"),
        ("anthropic-ratelimit-unified-5h-reset", reset.as_str()),
    ]);
    assert_eq!(said, of(Rejected::Account, 30));
}

#[test]
fn a_counter_at_nothing_says_when_it_is_filled_again() {
    let anthropic = |tokens: &'static str| {
        read(&[
            OWN,
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("anthropic-ratelimit-requests-reset", "2026-11-20T10:00:20Z"),
            ("anthropic-ratelimit-tokens-remaining", tokens),
            ("anthropic-ratelimit-tokens-reset", "2026-11-20T10:00:50Z"),
        ])
    };
    assert_eq!(anthropic("8000").wait, Some(S(20)));
    assert_eq!(anthropic("0").wait, Some(S(50)));
    for (stated, wait) in [
        ("6m0s", Some(S(360))),
        ("1h2m3.5s", Some(Duration::from_millis(3_723_500))),
        ("120ms", Some(Duration::from_millis(120))),
        ("17", Some(S(17))),
        ("0s", None),
        ("soon", None),
        ("6x", None),
        ("", None),
    ] {
        let said = read(&[
            OWN,
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", stated),
            ("x-ratelimit-remaining-requests", "4999"),
            ("x-ratelimit-reset-requests", "9h"),
        ]);
        assert_eq!(said.wait, wait, "{stated}");
    }
}

#[test]
fn what_is_told_outright_comes_before_counters() {
    let said = read(&[
        OWN,
        ("retry-after", "3"),
        ("x-ratelimit-remaining-tokens", "0"),
        ("x-ratelimit-reset-tokens", "1m"),
    ]);
    assert_eq!(said.wait, Some(S(3)));
}

#[test]
fn nonsense_is_no_wait_and_the_past_neither() {
    let past = after(-5);
    for reset in [past.as_str(), "soon", "nan", "inf", ""] {
        let said = read(&[
            OWN,
            ("anthropic-ratelimit-unified-status", "rejected"),
            ("anthropic-ratelimit-unified-5h-status", "rejected"),
            ("anthropic-ratelimit-unified-5h-reset", reset),
        ]);
        assert_eq!((said.rejected, said.wait), (Some(Rejected::Account), None), "{reset}");
    }
    let far = read(&[
        OWN,
        ("anthropic-ratelimit-unified-status", "rejected"),
        ("anthropic-ratelimit-unified-reset", "9e99"),
    ]);
    assert!(far.wait.is_some_and(|w| w <= S(366 * 86_400)));
}

#[test]
fn a_body_may_state_the_time() {
    let codex = br#"{"error":{"type":"usage_limit_reached","message":"m","plan_type":"pro","resets_in_seconds":7200}}"#;
    assert_eq!(stated_in_body(codex), Some(S(7_200)));
    for none in [&b"{}"[..], br#"{"error":{}}"#, br#"{"error":{"resets_in_seconds":-1}}"#, b"no", b""] {
        assert_eq!(stated_in_body(none), None);
    }
}
