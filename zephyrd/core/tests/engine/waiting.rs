//! Requests that wait: for a place at what is full, and for something to recover.

use std::sync::Arc;
use std::time::Duration;

use zephyr_core::config::{Change, Endpoint, Plan, StrategyKind, Suspension, diff};
use zephyr_core::engine::{Ask, AskKind, Command, EndpointId, Lease, NoEndpoint, Outcome, Refusal};
use zephyr_core::failover::Class;
use zephyr_core::waiting::{
    Chosen, GaveUp, Left, Place, QUEUED_FOR, Release, TURN_FOR, Tally, Tried, Waits, Wish,
};

use crate::story::{Story, told_to_wait};
use crate::support::{ASK, endpoint, order};

fn wish(request: &str) -> Wish<'_> {
    Wish { request, ..Wish::default() }
}

impl Story {
    fn ask(&mut self, ask: &Ask<'_>, wish: &Wish<'_>) -> Chosen {
        let now = self.now();
        self.engine.choose_or_wait(ask, wish, now, &mut self.rng)
    }

    /// Comes to wait.
    fn wait_for(&mut self, ask: &Ask<'_>, wish: &Wish<'_>) -> (Place, Waits) {
        match self.ask(ask, wish) {
            Chosen::Waits(place, kind, _) => (place, kind),
            other => panic!("{} does not wait: {other:?}", wish.request),
        }
    }

    fn refused(&mut self, ask: &Ask<'_>, wish: &Wish<'_>) -> NoEndpoint {
        match self.ask(ask, wish) {
            Chosen::Nobody(none) => none,
            other => panic!("{} is not refused: {other:?}", wish.request),
        }
    }

    /// Who has left since the last call: its number and the lease, or why not.
    fn left(&mut self) -> Vec<(u64, Result<Lease, GaveUp>)> {
        let departures = std::iter::from_fn(|| self.engine.poll_departure());
        let told = departures.map(|d| match d.how {
            Left::Granted { lease, .. } => (d.number, Ok(lease)),
            Left::Refused(none) => (d.number, Err(none.waited.unwrap().1)),
        });
        told.collect()
    }

    /// The leases that were granted since the last call.
    fn granted(&mut self) -> Vec<(u64, Lease)> {
        self.left().into_iter().map(|(number, how)| (number, how.unwrap())).collect()
    }

    /// Why those have gone that have, since the last call.
    fn gone(&mut self) -> Vec<(u64, GaveUp)> {
        self.left().into_iter().map(|(number, how)| (number, how.unwrap_err())).collect()
    }

    fn tally(&self) -> Tally {
        self.snapshot().waiting
    }

    fn named(&self, name: &str) -> EndpointId {
        self.view(name).id
    }

    fn apply(&mut self, change: impl FnOnce(&mut Plan)) {
        let mut plan = self.plan.clone();
        change(&mut plan);
        let now = self.now();
        self.engine.apply(&diff(&self.plan, &plan), &order(&plan), now);
        self.plan = plan;
    }
}

fn small(name: &str, max: u32) -> Endpoint {
    Endpoint { max_concurrent: Some(max), ..endpoint(name) }
}

fn only(number: u64, why: GaveUp) -> Vec<(u64, GaveUp)> {
    vec![(number, why)]
}

#[test]
fn whoever_waits_for_a_place_is_served_in_the_order_of_arrival() {
    let mut story = Story::new(StrategyKind::Priority, vec![small("A", 1)]);
    let mut held = story.lease();
    let numbers: Vec<u64> =
        ["r1", "r2", "r3"].map(|r| story.wait_for(&ASK, &wish(r))).map(|(p, _)| p.number).into();
    assert_eq!(story.tally(), Tally { queued: 3, waited: 3, ..Tally::default() });
    for number in numbers {
        story.settle(held, Class::Ok);
        let mut granted = story.granted();
        assert_eq!(granted.len(), 1, "one place, one request");
        assert_eq!(granted[0].0, number);
        held = granted.remove(0).1;
    }
    story.settle(held, Class::Ok);
    assert_eq!(story.tally(), Tally { waited: 3, served: 3, ..Tally::default() });
}

/// It follows an attempt that may have been billed.
fn retrying(request: &str) -> Wish<'_> {
    Wish { retry: true, ..wish(request) }
}

/// Three requests retry at once, as many as may in ten seconds.
fn three_retry(story: &mut Story) {
    for request in ["r1", "r2", "r3"] {
        assert!(matches!(story.ask(&ASK, &retrying(request)), Chosen::Lease(_)));
    }
}

#[test]
fn whoever_retries_too_early_waits_for_its_turn_where_everybody_sees_it() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    three_retry(&mut story);
    story.wait(4.0);
    let (place, kind) = story.wait_for(&ASK, &retrying("r4"));
    let (last, _) = story.wait_for(&ASK, &retrying("r5"));
    assert_eq!(kind, Waits::Queued);
    assert!(matches!(story.ask(&ASK, &wish("new")), Chosen::Lease(_)), "a first attempt needs no turn");
    let shown = story.engine.waiters(story.now());
    assert_eq!((shown[0].turn, shown[0].left), (Some(Duration::from_secs(6)), TURN_FOR));
    assert_eq!(shown[0].why, "enough requests retry now; its turn comes in 6 s");
    story.wait(5.0);
    assert!(story.left().is_empty());
    assert_eq!(story.engine.poll_timeout(), Some(story.now().mono + Duration::from_secs(1)));
    story.wait(1.0);
    let granted = story.granted().into_iter().map(|(number, _)| number).collect::<Vec<_>>();
    assert_eq!(granted, [place.number, last.number], "three turns are free again");
}

#[test]
fn in_ten_seconds_no_more_than_three_of_those_who_wait_get_a_turn() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    three_retry(&mut story);
    for n in 0..7 {
        story.wait_for(&ASK, &retrying(&format!("w{n}")));
    }
    let mut got = Vec::new();
    for _ in 0..30 {
        story.wait(1.0);
        let granted = story.granted();
        got.push(granted.len());
        granted.into_iter().for_each(|(_, lease)| story.settle(lease, Class::Ok));
    }
    let (at, counts): (Vec<usize>, Vec<usize>) =
        got.into_iter().enumerate().filter(|(_, count)| *count > 0).unzip();
    assert_eq!((at, counts), (vec![9, 19, 29], vec![3, 3, 1]));
}

#[test]
fn a_turn_that_comes_while_all_is_full_or_down_is_the_beginning_of_another_wait() {
    let mut full = Story::new(StrategyKind::Priority, vec![small("A", 3)]);
    three_retry(&mut full);
    full.wait_for(&ASK, &retrying("r4"));
    full.wait(10.0);
    let shown = full.engine.waiters(full.now());
    assert_eq!((shown[0].kind, shown[0].turn, shown[0].left), (Waits::Queued, None, QUEUED_FOR));

    let mut down = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    three_retry(&mut down);
    down.wait_for(&ASK, &retrying("r4"));
    down.pause("A");
    assert!(down.left().is_empty());
    down.wait(10.0);
    let shown = down.engine.waiters(down.now());
    assert_eq!((shown[0].kind, shown[0].turn), (Waits::Suspended, None));
    down.resume("A");
    assert_eq!(down.granted().len(), 1);
}

#[test]
fn a_turn_goes_to_an_endpoint_that_was_not_tried_yet() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A"), endpoint("B")]);
    three_retry(&mut story);
    let a = [story.named("A")];
    story.wait_for(&Ask { tried: &a, ..ASK }, &Wish { again: &a, ..retrying("r4") });
    story.wait(10.0);
    assert_eq!(story.granted()[0].1.endpoint.name, "B", "long rested or not");
}

#[test]
fn what_was_tried_is_told_after_a_turn_as_far_as_it_has_not_recovered() {
    let mut story = Story::new(StrategyKind::Priority, ["A", "B", "C"].map(endpoint).into());
    three_retry(&mut story);
    let (a, b) = (story.named("A"), story.named("B"));
    let (tried, tried_as) = ([a, b], [(a, Arc::from("opus")), (b, Arc::from("opus"))]);
    story.wait_for(&Ask { tried: &tried, tried_as: &tried_as, ..ASK }, &retrying("r4"));
    story.measure("B", 50);
    story.wait(10.0);
    let departure = story.engine.poll_departure().unwrap();
    let Left::Granted { tried, .. } = departure.how else { panic!("{:?}", departure.how) };
    assert_eq!(tried, Tried { endpoints: vec![a], models: vec![(a, Arc::from("opus"))] });
}

#[test]
fn an_operator_lets_go_whoever_waits_for_a_turn() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    three_retry(&mut story);
    let (first, _) = story.wait_for(&ASK, &retrying("r4"));
    let (second, _) = story.wait_for(&ASK, &retrying("r5"));
    assert_eq!(story.engine.release(Release::Try(Some("r4")), story.now()), Ok(1));
    assert_eq!(story.granted()[0].0, first.number);
    assert_eq!(story.engine.release(Release::Fail(Some("r5")), story.now()), Ok(1));
    assert_eq!(story.gone(), only(second.number, GaveUp::Released));
}

#[test]
fn nobody_waits_for_a_turn_for_ever() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    three_retry(&mut story);
    let (place, _) = story.wait_for(&ASK, &retrying("r4"));
    for _ in 0..12 {
        assert!(story.left().is_empty());
        // Others are always quicker.
        story.seconds += 10.0;
        (0..3).for_each(|_| story.engine.retry(story.now()).unwrap());
        story.engine.handle_timeout(story.now());
    }
    assert_eq!(story.gone(), only(place.number, GaveUp::TimedOut));
}

#[test]
fn another_usable_endpoint_comes_before_waiting() {
    let mut story = Story::new(StrategyKind::Priority, vec![small("A", 1), small("B", 1)]);
    let _first = story.lease();
    assert!(matches!(story.ask(&ASK, &wish("r1")), Chosen::Lease(lease) if lease.endpoint.name == "B"));
    assert_eq!(story.wait_for(&ASK, &wish("r2")).1, Waits::Queued);
}

#[test]
fn token_counts_and_other_paths_never_wait() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.command(Command::Pause(Some("A".into()))).unwrap();
    for kind in [AskKind::Aside, AskKind::Other] {
        story.refused(&Ask { kind, ..ASK }, &wish("r1"));
    }
    assert_eq!(story.wait_for(&ASK, &wish("r2")).1, Waits::Suspended);
}

#[test]
fn a_group_s_limit_counts_over_all_its_endpoints() {
    let capped = |name| Endpoint { group_max_concurrent: Some(2), ..endpoint(name) };
    let spare = Endpoint { group: "spare".into(), tier: 2, ..small("C", 1) };
    let mut story = Story::new(StrategyKind::RoundRobin, vec![capped("A"), capped("B"), spare]);
    let mut names: Vec<String> = Vec::new();
    let mut held: Vec<Lease> = (0..3).map(|_| story.lease()).collect();
    names.extend(held.iter().map(|l| l.endpoint.name.clone()));
    assert_eq!(names.last().unwrap(), "C", "{names:?}: the group's two places are taken");
    assert_eq!(held[2].alternatives, 0);
    let (place, _) = story.wait_for(&ASK, &wish("r1"));
    story.settle(held.remove(0), Class::Ok);
    let granted = story.granted();
    assert_eq!((granted[0].0, granted[0].1.endpoint.group.as_str()), (place.number, "main"));
}

#[test]
fn one_client_at_its_limit_holds_nobody_else_up() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    let now = story.now();
    let clients = Change::Clients(vec![("ada".into(), Some(1)), ("bob".into(), None)]);
    story.engine.apply(&[clients], &order(&story.plan.clone()), now);
    let (ada, bob) = (Ask { client: "ada", ..ASK }, Ask { client: "bob", ..ASK });
    let held = story.choose(&ada).unwrap();
    let (first, kind) = story.wait_for(&ada, &wish("r1"));
    assert_eq!(kind, Waits::Queued);
    story.wait_for(&ada, &wish("r2"));
    let _bobs = story.choose(&bob).unwrap();
    assert_eq!(story.choose(&ada).unwrap_err().client_full, Some(1));
    let _counts = story.choose(&Ask { kind: AskKind::Aside, ..ada }).unwrap();
    story.settle(held, Class::Ok);
    let granted = story.granted();
    assert_eq!(granted.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [first.number]);
}

#[test]
fn who_cannot_be_served_does_not_block_those_behind() {
    let passthrough = Endpoint { auth: zephyr_core::config::Auth::Passthrough, ..small("B", 1) };
    let mut story = Story::new(StrategyKind::Priority, vec![small("A", 1), passthrough]);
    let own = Ask { client_credential: Some(1), ..ASK };
    let (_a, b) = (story.lease(), story.choose(&own).unwrap());
    let (_, _) = story.wait_for(&ASK, &wish("needs A"));
    let (second, _) = story.wait_for(&own, &wish("may go to B"));
    story.settle(b, Class::Ok);
    assert_eq!(story.granted().iter().map(|(n, _)| *n).collect::<Vec<_>>(), [second.number]);
}

#[test]
fn after_its_time_in_the_queue_a_request_is_suspended_or_goes() {
    let mut story = Story::new(StrategyKind::Priority, vec![small("A", 1)]);
    let held = story.lease();
    let (place, _) = story.wait_for(&ASK, &wish("r1"));
    story.wait(QUEUED_FOR.as_secs_f64());
    assert_eq!((story.gone(), story.tally().suspended), (vec![], 1));
    story.wait(300.0);
    assert_eq!(story.gone(), only(place.number, GaveUp::TimedOut));

    story.apply(|plan| plan.suspension = Suspension { enabled: false, ..plan.suspension });
    let (place, _) = story.wait_for(&ASK, &wish("r2"));
    story.wait(QUEUED_FOR.as_secs_f64());
    assert_eq!(story.gone(), only(place.number, GaveUp::TimedOut));
    story.settle(held, Class::Ok);
}

#[test]
fn in_an_outage_requests_wait_and_one_at_a_time_tries_when_the_rest_is_over() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.cool("A");
    let tried = [story.named("A")];
    let ask = Ask { tried: &tried, ..ASK };
    let numbers: Vec<u64> =
        ["r1", "r2", "r3"].map(|r| story.wait_for(&ask, &wish(r))).map(|(p, _)| p.number).into();
    assert_eq!(story.tally().suspended, 3);
    story.wait(70.0);
    let mut granted = story.granted();
    assert_eq!(granted.len(), 1, "the trial is one request's");
    assert_eq!(granted[0].0, numbers[0]);
    let trial = granted.remove(0).1;
    story.settle(trial, Class::Ok);
    let rest: Vec<u64> = story.granted().iter().map(|(n, _)| *n).collect();
    assert_eq!(rest, numbers[1..], "it works: all the others, in order");
}

#[test]
fn a_probe_that_proves_the_endpoint_wakes_whoever_waits() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.cool("A");
    let tried = [story.named("A")];
    story.wait_for(&Ask { tried: &tried, ..ASK }, &wish("r1"));
    story.measure("A", 50);
    assert_eq!(story.granted().len(), 1);
}

#[test]
fn a_trial_that_is_given_back_goes_to_the_next_in_line() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.cool("A");
    let tried = [story.named("A")];
    let ask = Ask { tried: &tried, ..ASK };
    story.wait_for(&ask, &wish("r1"));
    let (second, _) = story.wait_for(&ask, &wish("r2"));
    story.wait(70.0);
    let trial = story.granted().remove(0).1;
    let (third, _) = story.wait_for(&ask, &wish("r3"));
    story.settle(trial, Class::Cancelled);
    let mut granted = story.granted();
    assert_eq!(granted.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [second.number]);
    story.settle(granted.remove(0).1, Class::Cancelled);
    assert_eq!(story.granted()[0].0, third.number, "also who tried it before the trial");
}

#[test]
fn what_an_operator_gives_back_wakes_whoever_waits() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.command(Command::Pause(Some("A".into()))).unwrap();
    story.wait_for(&ASK, &wish("r1"));
    story.command(Command::Resume(Some("A".into()))).unwrap();
    assert_eq!(story.granted().len(), 1);

    story.command(Command::Pause(Some("A".into()))).unwrap();
    story.wait_for(&ASK, &wish("r2"));
    story.apply(|plan| {
        let new = Endpoint { index: 1, tier: 2, ..endpoint("B") };
        plan.endpoints.push(std::sync::Arc::new(new));
    });
    assert_eq!(story.granted()[0].1.endpoint.name, "B");
}

#[test]
fn a_limit_that_ends_in_time_is_waited_for_and_one_of_hours_is_told_at_once() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.attempt("A", &told_to_wait(Class::RateLimited, 120));
    let (place, kind) = story.wait_for(&ASK, &wish("r1"));
    assert_eq!(kind, Waits::Suspended);
    story.wait(121.0);
    let mut granted = story.granted();
    assert_eq!(granted[0].0, place.number);
    let (late, _) = story.wait_for(&ASK, &wish("r2"));
    let lease = granted.remove(0).1;
    let now = story.now();
    story.engine.settle(lease, &told_to_wait(Class::RateLimited, 18_000), now);
    assert_eq!(story.gone(), only(late.number, GaveUp::Hopeless), "what it waited for will not come");
    assert_eq!(story.refused(&ASK, &wish("r3")).retry_after, Some(Duration::from_secs(18_000)));
}

#[test]
fn what_is_limited_for_one_model_is_asked_again_when_that_is_over() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    let ask = Ask { model: "claude-opus-5-5", ..ASK };
    let lease = story.choose(&ask).unwrap();
    let tried = [lease.id];
    let now = story.now();
    story.engine.settle(lease, &told_to_wait(Class::RateLimited, 120), now);
    let (place, kind) = story.wait_for(&Ask { tried: &tried, ..ask }, &wish("r1"));
    assert_eq!(kind, Waits::Suspended);
    story.wait(119.0);
    assert!(story.left().is_empty());
    story.wait(1.5);
    let mut granted = story.granted();
    assert_eq!(granted[0].0, place.number);
    let again = granted.remove(0).1;
    let now = story.now();
    story.engine.settle(again, &told_to_wait(Class::RateLimited, 18_000), now);
    story.refused(&ask, &wish("r2"));
}

#[test]
fn a_refused_key_is_told_at_once() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.fail("A", Class::AuthFailed);
    story.refused(&ASK, &wish("r1"));
}

#[test]
fn what_failed_for_this_request_alone_is_no_reason_to_wait() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A"), endpoint("B")]);
    let tried = [story.named("A"), story.named("B")];
    story.fail("A", Class::ServerError);
    story.cool("B");
    story.refused(&Ask { tried: &tried, ..ASK }, &wish("r1"));
}

#[test]
fn what_was_down_is_asked_again_after_a_rest_that_grows() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.fail("A", Class::ConnectFailed);
    let tried = [story.named("A")];
    let ask = Ask { tried: &tried, ..ASK };
    let down = Wish { again: &tried, ..wish("r1") };
    story.refused(&ask, &Wish { spent: true, ..down });
    let (place, _) = story.wait_for(&ask, &down);
    assert_eq!(story.engine.poll_timeout(), Some(story.now().mono + Duration::from_millis(500)));
    story.wait(0.5);
    let lease = story.granted().remove(0).1;
    story.settle(lease, Class::ConnectFailed);
    let (again, _) = story.wait_for(&ask, &Wish { place: Some(place), ..down });
    assert_eq!((again.number, again.times), (place.number, 2), "it keeps its place");
    story.wait(0.5);
    assert!(story.left().is_empty());
    story.wait(0.5);
    assert_eq!(story.granted().len(), 1);
    assert_eq!(story.tally().waited, 1, "a request is counted once");
}

#[test]
fn a_request_without_attempts_left_waits_for_a_recovery_and_not_for_a_place() {
    let mut story = Story::new(StrategyKind::Priority, vec![small("A", 1), endpoint("B")]);
    let (a, b) = (story.named("A"), story.named("B"));
    let held = story.choose(&Ask { tried: &[b], ..ASK }).unwrap();
    story.cool("B");
    let both = [a, b];
    let spent = Wish { spent: true, again: &both, ..wish("r1") };
    story.refused(&Ask { tried: &[b], ..ASK }, &spent);
    story.settle(held, Class::Ok);
    story.cool("A");
    story.wait_for(&Ask { tried: &both, ..ASK }, &spent);
    story.measure("B", 10);
    assert_eq!(story.granted()[0].1.endpoint.name, "B");
}

#[test]
fn no_more_wait_than_may_and_the_greediest_client_gives_way() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.apply(|plan| plan.suspension.max = 3);
    story.command(Command::Pause(Some("A".into()))).unwrap();
    let (ada, bob) = (Ask { client: "ada", ..ASK }, Ask { client: "bob", ..ASK });
    let places = ["r1", "r2", "r3"].map(|r| story.wait_for(&ada, &wish(r)).0);
    story.refused(&ada, &wish("r4"));
    story.wait_for(&bob, &wish("r5"));
    assert_eq!(story.gone(), only(places[2].number, GaveUp::Crowded));
    story.refused(&bob, &wish("r6"));
    assert_eq!(story.tally().suspended, 3);
}

#[test]
fn whoever_leaves_gives_the_place_up_at_once() {
    let mut story = Story::new(StrategyKind::Priority, vec![small("A", 1)]);
    let held = story.lease();
    let (first, _) = story.wait_for(&ASK, &wish("r1"));
    let (second, _) = story.wait_for(&ASK, &wish("r2"));
    story.engine.leave(first.number);
    assert_eq!(story.tally().queued, 1);
    story.settle(held, Class::Ok);
    assert_eq!(story.granted()[0].0, second.number);
}

#[test]
fn an_operator_sees_who_waits_and_lets_them_go() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.cool("A");
    let tried = [story.named("A")];
    let ask = Ask { tried: &tried, ..ASK };
    let (first, _) = story.wait_for(&ask, &wish("r1"));
    let (second, _) = story.wait_for(&ask, &wish("r2"));
    story.wait(5.0);
    let now = story.now();
    let shown = story.engine.waiters(now);
    assert_eq!(shown.iter().map(|w| w.request.as_str()).collect::<Vec<_>>(), ["r1", "r2"]);
    assert_eq!((shown[0].waited, shown[0].left), (Duration::from_secs(5), Duration::from_secs(295)));
    assert!(shown[0].why.starts_with("A: cooling for "), "{}", shown[0].why);

    let unknown = story.engine.release(Release::Fail(Some("r9")), now);
    assert_eq!(unknown, Err(Refusal::NotWaiting { request: "r9".into() }));
    assert_eq!(story.engine.release(Release::Try(Some("r2")), now), Ok(1));
    let lease = story.granted().remove(0);
    assert_eq!((lease.0, lease.1.last_resort), (second.number, true), "tried now, although it rests");
    assert_eq!(story.engine.release(Release::Try(None), now), Ok(0), "one at a time");
    assert_eq!(story.engine.release(Release::Fail(None), now), Ok(1));
    assert_eq!(story.gone(), only(first.number, GaveUp::Released));
    assert_eq!((story.tally().released, story.tally().suspended), (1, 0));
}

#[test]
fn nobody_waits_once_the_daemon_stops() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.command(Command::Pause(Some("A".into()))).unwrap();
    let (place, _) = story.wait_for(&ASK, &wish("r1"));
    story.engine.stop_waiting(story.now());
    assert_eq!(story.gone(), only(place.number, GaveUp::Stopped));
    story.refused(&ASK, &wish("r2"));
}

#[test]
fn a_client_that_hears_nothing_is_kept_no_longer_than_it_endures() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.apply(|plan| plan.suspension.timeout = Duration::from_secs(1_000));
    story.command(Command::Pause(Some("A".into()))).unwrap();
    let (silent, _) = story.wait_for(&ASK, &Wish { silent: true, ..wish("r1") });
    let (heard, _) = story.wait_for(&ASK, &wish("r2"));
    story.wait(300.0);
    assert_eq!(story.gone(), only(silent.number, GaveUp::TimedOut));
    story.wait(700.0);
    assert_eq!(story.gone(), only(heard.number, GaveUp::TimedOut));
}

#[test]
fn whoever_comes_when_a_rest_is_over_does_not_overtake_those_who_wait() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.cool("A");
    let tried = [story.named("A")];
    let (place, _) = story.wait_for(&Ask { tried: &tried, ..ASK }, &wish("r1"));
    // No tick in between: the newcomer is the first to see that the rest is over.
    story.seconds += 70.0;
    let newcomer = story.ask(&ASK, &wish("r2"));
    assert!(matches!(newcomer, Chosen::Waits(..)), "{newcomer:?}");
    let lease = story.granted().remove(0);
    assert_eq!(lease.0, place.number);
    let now = story.now();
    story.engine.settle(lease.1, &Outcome::of(Class::Ok), now);
    assert_eq!(story.granted().len(), 1);
}
