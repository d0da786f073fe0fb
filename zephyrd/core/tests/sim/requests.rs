//! Whole requests: choose, fail, walk on, as the proxy does.

use std::time::Duration;

use zephyr_core::config::{Dialect, Failover};
use zephyr_core::engine::{Ask, EndpointId};
use zephyr_core::failover::{Class, Next, Walk};

use crate::random::{an_outcome, once_in};
use crate::world::World;

pub(crate) fn whole(world: &mut World) {
    let config: Failover = world.plan.failover.clone();
    let mut walk = Walk::new(&config, world.now.mono);
    let client_credential = once_in(2, &mut world.rng).then_some(1);
    let route = once_in(2, &mut world.rng).then_some("large");
    let translates = once_in(2, &mut world.rng);
    let (mut billed, mut silent_at, mut attempts) = (0, None, 0_u32);
    let mut again: Option<EndpointId> = None;
    loop {
        let (tried, tried_as) = (walk.tried().to_vec(), walk.tried_as().to_vec());
        let nature = Ask { route, model: "large", translates, ..Ask::inference(Dialect::Anthropic) };
        let ask = Ask { client_credential, tried: &tried, tried_as: &tried_as, ..nature };
        let Some(lease) = world.choose(&ask) else { return };
        attempts += 1;
        assert!(!tried.contains(&lease.id));
        assert!(attempts <= 17, "sixteen endpoints, one of them twice");
        assert!(silent_at.is_none_or(|at| attempts <= at + 1), "one attempt after a silent one");
        assert!(billed < config.max_attempts, "a further attempt after {billed} that may have been billed");

        let class = world.weather.fate(&lease.endpoint.name, &mut world.rng);
        let outcome = an_outcome(class, &mut world.rng);
        let (id, alternatives, retry_after) = (lease.id, lease.alternatives, outcome.retry_after);
        let other = lease.other().cloned();
        world.engine.settle(lease, &outcome, world.now);
        billed += u32::from(class.may_be_billed());
        if matches!(class, Class::Unanswered | Class::TimedOut) && silent_at.is_none() {
            silent_at = Some(attempts);
        }
        let next = walk.after_as(id, other, class, alternatives, retry_after, world.now.mono);
        assert_eq!(walk.attempts(), attempts);
        match next {
            Next::Stop => return,
            _ if !class.moves_on() => panic!("{class:?} ended the request, and {next:?}"),
            Next::SameAfter(wait) => {
                assert!(again.replace(id) != Some(id), "the same endpoint a third time");
                assert!(wait <= Duration::from_secs(5));
                world.pass(wait);
            }
            Next::Another => {
                let as_one = walk.tried_as().iter().any(|(tried, _)| *tried == id);
                assert!(as_one || walk.tried().contains(&id));
            }
        }
    }
}
