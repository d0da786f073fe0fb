//! Outcomes, walks and final answers.

use std::time::Duration;

use proptest::prelude::*;
use zephyr_core::config::{Backoff, Failover};
use zephyr_core::engine::EndpointId;
use zephyr_core::failover::{
    Class, Inside, Next, Reply, Said, Walk, Window, backoff, classify, classify_inside, final_answer,
    retry_after_header,
};

fn config(statuses: Vec<u16>) -> Failover {
    Failover { statuses, ..Failover::default() }
}

fn said() -> impl Strategy<Value = Said> {
    let window = proptest::option::of(prop_oneof![Just(Window::Account), Just(Window::Family)]);
    (proptest::option::of(0..100_000_u64), window)
        .prop_map(|(wait, window)| Said { wait: wait.map(Duration::from_secs), window })
}

fn class() -> impl Strategy<Value = Class> {
    proptest::sample::select(Class::ALL.to_vec())
}

proptest! {
    #[test]
    fn every_status_and_body_has_a_class_and_only_a_2xx_is_an_answer(
        status: u16,
        html: bool,
        body in proptest::collection::vec(any::<u8>(), 0..200),
        statuses in proptest::collection::vec(any::<u16>(), 0..4),
        said in said(),
        any_4xx: bool,
    ) {
        let config = Failover { any_4xx, ..config(statuses.clone()) };
        let class = classify(&Reply { status, html, body: &body, said }, &config);
        prop_assert_eq!(class == Class::Ok, (200..300).contains(&status) && !html);
        if (400..500).contains(&status) && (any_4xx || statuses.contains(&status)) {
            prop_assert!(class.moves_on());
        }
    }

    #[test]
    fn an_error_inside_an_answer_is_never_one(kind in ".{0,40}", message in ".{0,40}", said in said()) {
        let inside = Inside { kind: &kind, message: &message, said };
        prop_assert_ne!(classify_inside(&inside, &Failover::default()), Class::Ok);
    }

    #[test]
    fn a_backoff_never_shrinks_and_keeps_its_bounds(
        base in 1..5_000_u64,
        multiplier in 1.0..10.0_f64,
        max in 1..100_000_u64,
        limited: bool,
        unit in 0.0..1.0_f64,
    ) {
        let (base, max) = (Duration::from_millis(base), Duration::from_millis(max));
        let config = Backoff { base, multiplier, max };
        let most = if limited { max * 2 } else { max };
        let mut before = Duration::ZERO;
        for n in 1..40 {
            let plain = backoff(&config, n, limited, 0.0);
            let spread = backoff(&config, n, limited, unit);
            prop_assert!(before <= plain && plain <= spread && spread <= most);
            prop_assert!(spread <= plain.mul_f64(1.101) + Duration::from_nanos(10));
            before = plain;
        }
        let first = if limited { base * 3 } else { base };
        prop_assert_eq!(backoff(&config, 1, limited, 0.0), first.min(most));
    }

    #[test]
    fn a_walk_keeps_its_limits(
        steps in proptest::collection::vec((class(), 0..3_usize, proptest::option::of(0..20_u64), 0..8_u64), 1..60),
        max_attempts in 1..6_u32,
    ) {
        let config = Failover { max_attempts, ..config(vec![]) };
        let began = Duration::from_secs(50);
        let mut walk = Walk::new(&config, began);
        let (mut now, mut billed, mut id, mut silent_at) = (began, 0, 0, None);
        for (attempts, (class, alternatives, retry_after, pause)) in (1..).zip(steps) {
            prop_assert!(billed < max_attempts);
            prop_assert!(silent_at.is_none_or(|at| attempts == at + 1));
            prop_assert!(!walk.tried().contains(&EndpointId(id)));
            now += Duration::from_secs(pause);
            billed += u32::from(class.may_be_billed());
            if matches!(class, Class::Unanswered | Class::TimedOut) {
                silent_at = silent_at.or(Some(attempts));
            }
            let next = walk.after(EndpointId(id), class, alternatives, retry_after.map(Duration::from_secs), now);
            prop_assert_eq!(walk.attempts(), attempts);
            prop_assert!(walk.tried().len() <= 16);
            match next {
                Next::Stop => break,
                Next::SameAfter(wait) => {
                    prop_assert!(class.moves_on() && wait <= Duration::from_secs(5));
                    now += wait;
                }
                Next::Another => {
                    prop_assert!(class.moves_on());
                    prop_assert!(class.may_be_billed() || now < began + Duration::from_secs(30));
                    id += 1;
                }
            }
        }
    }

    #[test]
    fn the_final_answer_is_an_error_and_does_not_depend_on_the_order(
        classes in proptest::collection::vec(class(), 0..6),
        own_key: bool,
    ) {
        let told = final_answer(&classes, own_key);
        prop_assert!((400..600).contains(&told.status));
        let reversed: Vec<Class> = classes.iter().rev().copied().collect();
        prop_assert_eq!(told.status, final_answer(&reversed, own_key).status);
        if classes.contains(&Class::RateLimited) {
            prop_assert_eq!(told.status, 429);
        }
        if told.status == 529 {
            prop_assert!(classes.iter().all(|c| matches!(c, Class::Overloaded | Class::Ok | Class::Cancelled)));
        }
    }

    #[test]
    fn a_client_is_never_left_to_sleep_for_more_than_a_minute(helps: bool, ms in proptest::option::of(0..u64::from(u32::MAX))) {
        let (seconds, stop) = retry_after_header(helps, ms.map(Duration::from_millis));
        prop_assert!(stop || seconds.is_some_and(|s| (1..=59).contains(&s)));
        if let (Some(told), Some(true_ms)) = (seconds, ms) {
            prop_assert!(told * 1_000 >= true_ms);
        }
    }
}
