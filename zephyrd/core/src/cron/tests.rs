//! What expressions mean, and what is said of those that mean nothing.

use super::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Saturday, 2026-11-21 00:00 UTC.
const SATURDAY: i64 = 1_795_219_200_000;

fn cron(text: &str) -> Cron {
    Cron::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Matches after Saturday midnight in UTC, in minutes from then.
fn minutes(text: &str, count: usize) -> Vec<i64> {
    let cron = cron(text);
    let next = |at: &i64| cron.next_after(*at, &Zone::default());
    let matches = std::iter::successors(next(&(SATURDAY - 1)), next);
    matches.take(count).map(|at| (at - SATURDAY) / MINUTE).collect()
}

#[test]
fn every_form_of_a_field_is_understood() {
    for (text, wanted) in [
        ("* * * * *", vec![0, 1, 2]),
        ("0-4 * * * *", vec![0, 1, 2, 3, 4, 60, 61]),
        ("30 2 * * *", vec![150, 1_590]),
        ("*/20 1 * * *", vec![60, 80, 100, 1_500]),
        ("5/20 1 * * *", vec![65, 85, 105, 1_505]),
        ("0-20/10,45 0 * * *", vec![0, 10, 20, 45, 1_440]),
        ("0 0 * * mon-tue", vec![2 * 1_440, 3 * 1_440, 9 * 1_440]),
        ("0 0 * * 0", vec![1_440]),
        ("0 0 * * 7", vec![1_440]),
        ("0 0 * * Sun", vec![1_440]),
        ("0 0 * * */3", vec![0, 1_440, 4 * 1_440, 7 * 1_440]),
        ("0 0 * * 5-7", vec![0, 1_440, 6 * 1_440, 7 * 1_440]),
        ("0 0 1 dec *", vec![10 * 1_440]),
        ("0 12 25 DEC *", vec![34 * 1_440 + 720]),
        ("  0\t1  * * *  ", vec![60]),
    ] {
        assert_eq!(minutes(text, wanted.len()), wanted, "{text}");
    }
}

#[test]
fn where_both_days_are_restricted_either_will_do() {
    assert_eq!(minutes("0 0 24 * mon", 3), [2 * 1_440, 3 * 1_440, 9 * 1_440]);
    assert_eq!(minutes("0 0 */2 * mon", 1), [2 * 1_440], "a star counts as unrestricted");
}

#[test]
fn a_match_is_after_the_time_asked_for() {
    let hourly = cron("0 * * * *");
    let utc = Zone::default();
    assert_eq!(hourly.next_after(SATURDAY, &utc), Some(SATURDAY + HOUR));
    assert_eq!(hourly.next_after(SATURDAY - 1, &utc), Some(SATURDAY));
    assert_eq!(hourly.next_in(SATURDAY + 59 * MINUTE, &utc), Some(Duration::from_secs(60)));
    assert_eq!(hourly.next_after(-1, &utc), Some(0), "before 1970 too");
    assert_eq!(hourly.next_after(i64::MAX, &utc), None);
}

#[test]
fn leap_days_are_found_and_days_that_never_come_are_refused() {
    // 2028-02-29.
    assert_eq!(minutes("0 0 29 2 *", 1), [465 * 1_440]);
    for text in ["0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
        assert_eq!(Cron::parse(text).unwrap_err().to_string(), "there is no time that it matches", "{text}");
    }
}

#[test]
fn times_are_those_of_the_zone_also_when_its_clock_changes() {
    // Two hours ahead of UTC until Sunday 01:00 UTC, then one.
    let zone = Zone::new(2 * 3_600, &[(SATURDAY + DAY + HOUR, 3_600)]);
    let at = |text: &str, from| (cron(text).next_after(from, &zone).unwrap() - SATURDAY) / MINUTE;
    assert_eq!(at("0 4 * * *", SATURDAY), 120);
    assert_eq!(at("0 4 * * *", SATURDAY + DAY), 1_440 + 180);
    let twice = [at("30 2 * * *", SATURDAY + DAY), at("30 2 * * *", SATURDAY + DAY + 31 * MINUTE)];
    assert_eq!(twice, [1_440 + 30, 1_440 + 90], "02:30 comes twice");
    let half = Zone::new(5 * 3_600 + 1_800, &[]);
    assert_eq!((cron("0 6 * * *").next_after(SATURDAY, &half).unwrap() - SATURDAY) / MINUTE, 30);
}

#[test]
fn what_is_wrong_is_said_with_its_field_and_how_it_could_read() {
    for (text, wanted) in [
        ("", "it has 0 of five fields"),
        ("* * * *", "it has 4 of five fields"),
        ("@hourly", "it has 1 of five fields"),
        ("0 * * * * *", "it has 6 of five fields"),
        ("60 * * * *", "field 1 (minute), `60`: 60 is not from 0 to 59"),
        ("* 24 * * *", "field 2 (hour), `24`: 24 is not from 0 to 23"),
        ("* * 0 * *", "field 3 (day of the month), `0`: 0 is not from 1 to 31"),
        ("* * * foo *", "field 4 (month), `foo`: `foo` is neither a number nor a name that is known here"),
        ("* * * * 8", "field 5 (day of the week), `8`: 8 is not from 0 to 7"),
        ("* * * * fri-mon", "field 5 (day of the week), `fri-mon`: `fri-mon` runs backwards"),
        ("*/0 * * * *", "field 1 (minute), `*/0`: the step after `/` must be a number from 1 to 59"),
        ("1, * * * *", "field 1 (minute), `1,`: there is nothing before or after a `,`"),
        ("1- * * * *", "field 1 (minute), `1-`: a number is missing"),
        ("-5 * * * *", "field 1 (minute), `-5`: a number is missing"),
        (
            "99999999999 * * * *",
            "field 1 (minute), `99999999999`: `99999999999` is neither a number nor a name that is known here",
        ),
    ] {
        assert_eq!(Cron::parse(text).unwrap_err().to_string(), wanted);
    }
    let hint = Cron::parse("* * * * 8").unwrap_err().hint;
    assert_eq!(hint, "numbers from 0 to 7, as in `*`, `3`, `0-3`, `*/2` or `0,3`; or names, as in `mon-thu`");
}
