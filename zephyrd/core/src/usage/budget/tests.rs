//! Stories and laws of budgets, with days of a thousand milliseconds.

use proptest::prelude::*;

use super::*;

/// A day is 1,000 ms, a week seven days, a month thirty.
fn calendar() -> Calendar {
    Arc::new(|period, now| {
        let length = match period {
            Period::Day => 1000,
            Period::Week => 7000,
            Period::Month => 30_000,
        };
        let begin = now.div_euclid(length) * length;
        (begin, begin + length)
    })
}

fn budget(period: Period, client: Option<&str>, limit_nanos: i64) -> Budget {
    Budget { period, limit_nanos, client: client.map(str::to_owned), warn_at: 0.8 }
}

fn budgets(of: &[Budget]) -> Budgets {
    Budgets::new(of, calendar(), 100)
}

fn spent(b: &Budgets, now: i64) -> Vec<i64> {
    b.view(now).iter().map(|v| v.spent_nanos).collect()
}

#[test]
fn a_spent_budget_stops_its_client_until_the_period_ends() {
    let mut b = budgets(&[budget(Period::Day, Some("ada"), 100)]);
    b.spend("ada", 99, 200);
    assert_eq!(b.check("ada", 200), Ok(()));
    b.spend("ada", 2, 300);
    let over = OverBudget {
        client: Some("ada".to_owned()),
        period: Period::Day,
        limit_nanos: 100,
        spent_nanos: 101,
        resets_unix_ms: 1000,
    };
    assert_eq!(b.check("ada", 999), Err(over));
    assert_eq!((b.check("bob", 999), b.check("", 999)), (Ok(()), Ok(())));
    assert_eq!(b.check("ada", 1000), Ok(()), "a new day");
    b.spend("ada", 100, 1000);
    assert!(b.check("ada", 1001).is_err());
}

#[test]
fn the_refusal_says_whose_budget_and_how_much() {
    let mut b =
        budgets(&[budget(Period::Week, None, 12_000_000_000), budget(Period::Day, Some("ada"), 500_000_000)]);
    b.spend("ada", 600_000_000, 1);
    let said = b.check("ada", 1).unwrap_err().to_string();
    assert_eq!(said, "the day's budget of client `ada` is spent: $0.60 of $0.50");
    b.spend("", 12_000_000_000, 1);
    let said = b.check("ada", 1).unwrap_err().to_string();
    assert_eq!(said, "the week's budget of all clients is spent: $12.60 of $12.00", "it lasts longer");
}

#[test]
fn a_budget_in_all_counts_everybody() {
    let mut b = budgets(&[budget(Period::Month, None, 100), budget(Period::Day, Some("ada"), 60)]);
    b.spend("ada", 50, 1);
    b.spend("", 30, 1);
    assert_eq!(spent(&b, 1), [80, 50]);
    b.spend("bob", 20, 1);
    assert_eq!(b.check("carol", 1).unwrap_err().client, None);
    b.spend("bob", -5, 1);
    assert_eq!(spent(&b, 1), [100, 50], "nothing is given back");
}

#[test]
fn each_warning_comes_once_in_a_period() {
    let mut b = budgets(&[budget(Period::Day, None, 100)]);
    let told = |b: &mut Budgets, now| {
        b.warnings(now).iter().map(|w| (w.over, w.budget.spent_nanos)).collect::<Vec<_>>()
    };
    b.spend("", 79, 1);
    assert_eq!(told(&mut b, 1), []);
    b.spend("", 1, 1);
    assert_eq!(told(&mut b, 1), [(false, 80)]);
    b.spend("", 10, 1);
    assert_eq!(told(&mut b, 1), []);
    b.spend("", 10, 1);
    assert_eq!(told(&mut b, 1), [(true, 100)]);
    assert_eq!(told(&mut b, 2), []);
    assert_eq!(told(&mut b, 1000), []);
    b.spend("", 500, 1000);
    assert_eq!(told(&mut b, 1001), [(true, 500)], "straight over the limit is told once");
    assert_eq!(told(&mut b, 1002), []);
}

#[test]
fn a_reload_keeps_what_was_spent_and_tells_what_is_new() {
    let mut b = budgets(&[budget(Period::Day, Some("ada"), 100), budget(Period::Day, None, 1000)]);
    b.spend("ada", 100, 1);
    assert_eq!(b.warnings(1).len(), 1);
    let added = b.take_up(&[budget(Period::Week, Some("ada"), 5), budget(Period::Day, Some("ada"), 200)], 2);
    let new: Vec<_> = added.iter().map(|v| (v.client.as_deref(), v.period, v.since_unix_ms)).collect();
    assert_eq!(new, [(Some("ada"), Period::Week, 0)]);
    assert_eq!((spent(&b, 2), b.check("ada", 2)), (vec![0, 100], Ok(())));
    b.restore(Some("ada"), 0, 7);
    assert!(b.check("ada", 2).is_err(), "what the records say counts");
    b.spend("ada", 60, 3);
    assert!(b.warnings(3).iter().any(|w| !w.over && w.budget.limit_nanos == 200), "80 % of the new limit");
}

#[test]
fn what_was_spent_before_a_start_counts_once() {
    let mut b = budgets(&[budget(Period::Day, None, 100), budget(Period::Day, Some("ada"), 100)]);
    for _ in 0..2 {
        b.restore(None, 0, 40);
        b.restore(Some("ada"), 0, 30);
        b.restore(Some("ada"), -1000, 99);
    }
    assert_eq!(spent(&b, 100), [40, 30]);
}

#[test]
fn a_clock_that_is_set_back_gives_nothing_back() {
    let mut b = budgets(&[budget(Period::Day, None, 100)]);
    b.spend("", 100, 5500);
    assert!(b.check("", 5600).is_err());
    b.spend("", 1, 300);
    assert_eq!(b.check("", 300).unwrap_err().resets_unix_ms, 1000);
    assert_eq!(spent(&b, 300), [101]);
    assert_eq!(b.check("", 1000), Ok(()));
}

#[test]
fn the_view_shows_the_period_that_runs() {
    let mut b = budgets(&[budget(Period::Day, None, 100)]);
    b.spend("", 150, 100);
    let now = &b.view(200)[0];
    assert_eq!(
        (now.share(), now.warn, now.over, now.since_unix_ms, now.resets_unix_ms),
        (1.5, true, true, 0, 1000)
    );
    let later = &b.view(2500)[0];
    assert_eq!(
        (later.share(), later.over, later.since_unix_ms, later.resets_unix_ms),
        (0.0, false, 2000, 3000)
    );
}

/// What happens to budgets.
#[derive(Debug, Clone)]
enum Step {
    Ask(usize, i64),
    Wait(i64),
    Reload(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0usize..3, 0i64..60).prop_map(|(client, nanos)| Step::Ask(client, nanos)),
        2 => (0i64..900).prop_map(Step::Wait),
        1 => (1i64..300).prop_map(Step::Reload),
    ]
}

proptest! {
    #[test]
    fn nothing_is_admitted_once_the_limit_is_reached_and_sums_hold(steps in prop::collection::vec(step(), 1..120), first in 1i64..300) {
        let clients = ["ada", "bob", ""];
        let of = |limit| [budget(Period::Day, None, limit), budget(Period::Day, Some("ada"), limit / 2 + 1), budget(Period::Week, Some("ada"), limit)];
        let mut limits = of(first);
        let mut now = 0;
        let mut b = Budgets::new(&limits, calendar(), now);
        // Who spent what, and when.
        let mut book: Vec<(usize, i64, i64)> = Vec::new();
        for step in steps {
            match step {
                Step::Wait(ms) => now += ms,
                Step::Reload(limit) => {
                    limits = of(limit);
                    prop_assert!(b.take_up(&limits, now).is_empty());
                }
                Step::Ask(client, nanos) => {
                    let sum = |budget: &Budget| -> i64 {
                        let (begin, _) = calendar()(budget.period, now);
                        let theirs = |c: usize| budget.client.as_deref().is_none_or(|name| name == clients[c]);
                        book.iter().filter(|(c, _, at)| theirs(*c) && *at >= begin).map(|(_, n, _)| n).sum()
                    };
                    let sums: Vec<i64> = limits.iter().map(sum).collect();
                    prop_assert_eq!(&spent(&b, now), &sums);
                    let stopped = limits.iter().zip(&sums).any(|(l, s)| {
                        l.client.as_deref().is_none_or(|name| name == clients[client]) && *s >= l.limit_nanos
                    });
                    prop_assert_eq!(b.check(clients[client], now).is_err(), stopped);
                    if !stopped {
                        b.spend(clients[client], nanos, now);
                        book.push((client, nanos, now));
                    }
                }
            }
        }
    }
}
