//! Outcomes, walks and final answers.

use std::time::Duration;

use proptest::prelude::*;
use zephyr_core::config::Failover;
use zephyr_core::engine::EndpointId;
use zephyr_core::failover::{
    Class, Next, Reply, Walk, classify, classify_error_type, final_answer, retry_after_header,
};

fn config(statuses: Vec<u16>) -> Failover {
    Failover { statuses, ..Failover::default() }
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
    ) {
        let class = classify(&Reply { status, html, body: &body }, &config(statuses.clone()));
        prop_assert_eq!(class == Class::Ok, (200..300).contains(&status) && !html);
        if (400..500).contains(&status) && statuses.contains(&status) {
            prop_assert!(class.moves_on());
        }
    }

    #[test]
    fn an_error_type_is_never_an_answer(kind in ".{0,40}") {
        prop_assert_ne!(classify_error_type(&kind), Class::Ok);
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
