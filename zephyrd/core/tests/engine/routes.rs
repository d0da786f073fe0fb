//! Models that have routes: who serves them, as what, and who after that.

use std::sync::Arc;

use zephyr_core::config::{Auth, Dialect, Endpoint, Failover, Plan, Route, Routes, StrategyKind, diff};
use zephyr_core::engine::{Ask, AskKind, Lease, Reason, State, WhyNot};
use zephyr_core::failover::{Class, Next, Walk};
use zephyr_core::time::SplitMix;
use zephyr_core::waiting::{Chosen, Left, Wish};

use super::story::{Story, good, told_to_wait};
use crate::support::{ASK, endpoint, order, plan, route};

const OPUS: Ask<'static> = Ask { model: "opus", route: Some("opus"), translates: true, ..ASK };

/// An endpoint of a group of its own name in lower case.
fn alone(name: &str, dialect: Dialect) -> Endpoint {
    Endpoint { group: name.to_lowercase(), dialect, ..endpoint(name) }
}

/// A and B speak Anthropic, C another dialect.
fn three(strategy: StrategyKind, routes: Vec<Route>) -> Plan {
    let (a, b) = (alone("A", Dialect::Anthropic), alone("B", Dialect::Anthropic));
    let endpoints = vec![a, b, alone("C", Dialect::OpenaiChat)];
    Plan { routes: Routes::new(routes), ..plan(strategy, endpoints) }
}

fn story(routes: Vec<Route>) -> Story {
    Story::of(three(StrategyKind::Priority, routes))
}

/// Endpoint, and the model where it is not the client's.
type To = (String, Option<String>);

fn to(endpoint: &str, model: &str) -> To {
    (endpoint.to_owned(), (!model.is_empty()).then(|| model.to_owned()))
}

fn sent(lease: &Lease) -> To {
    (lease.endpoint.name.clone(), lease.rename().map(|name| name.to_string()))
}

impl Story {
    /// Where the next request goes; it is cancelled at once.
    fn goes(&mut self, ask: &Ask<'_>) -> To {
        let lease = self.choose(ask).unwrap();
        let to = sent(&lease);
        self.settle(lease, Class::Cancelled);
        to
    }

    /// A whole request whose attempts end as `fate` says: where it has been.
    fn walks(&mut self, ask: &Ask<'_>, fate: impl Fn(&str, &str) -> Class) -> Vec<To> {
        let mut walk = Walk::new(&Failover::default(), self.now().mono);
        let mut been = Vec::new();
        loop {
            let (tried, tried_as) = (walk.tried().to_vec(), walk.tried_as().to_vec());
            let ask = Ask { tried: &tried, tried_as: &tried_as, ..*ask };
            let Ok(lease) = self.choose(&ask) else { return been };
            let (id, alternatives, other) = (lease.id, lease.alternatives, lease.other().cloned());
            let (name, model) = sent(&lease);
            let class = fate(&name, model.as_deref().unwrap_or(ask.model));
            been.push((name, model));
            self.settle(lease, class);
            if walk.after_as(id, other, class, alternatives, None, self.now().mono) == Next::Stop {
                return been;
            }
        }
    }

    fn reload(&mut self, new: Plan) {
        self.engine.apply(&diff(&self.plan, &new), &order(&new), self.now());
        self.plan = new;
    }

    fn is_limited(&mut self, ask: &Ask<'_>) {
        let lease = self.choose(ask).unwrap();
        self.engine.settle(lease, &told_to_wait(Class::RateLimited, 600), self.now());
    }

    fn waits(&mut self, ask: &Ask<'_>) -> Chosen {
        let wish = Wish { request: "r1", ..Wish::default() };
        self.engine.choose_or_wait(ask, &wish, self.now(), &mut SplitMix::new(1))
    }
}

#[test]
fn a_route_leads_to_its_targets_alone_whatever_their_dialect() {
    let mut story = story(vec![route("opus", &[("c", "deep-1", 100)])]);
    assert_eq!(story.goes(&OPUS), to("C", "deep-1"));
    assert_eq!(story.goes(&ASK), to("A", ""), "who has no route goes where it always went");
    story.pause("C");
    let refusal = story.choose(&OPUS).unwrap_err();
    let why: Vec<WhyNot> = refusal.why.iter().map(|(_, why)| *why).collect();
    assert_eq!(why, [WhyNot::NotRouted, WhyNot::NotRouted, WhyNot::Paused]);
}

#[test]
fn what_cannot_be_translated_stays_in_its_dialect() {
    let mut story = story(vec![route("opus", &[("c", "deep-1", 1), ("b", "", 2)])]);
    let ask = Ask { translates: false, ..OPUS };
    assert_eq!(story.goes(&ask), to("B", ""));
    story.pause("B");
    assert_eq!(story.choose(&ask).unwrap_err().why[2].1, WhyNot::Dialect);
}

#[test]
fn targets_of_the_lowest_number_come_first_and_the_next_take_over() {
    let mut story = story(vec![route("opus", &[("c", "deep-1", 2), ("b", "", 1)])]);
    let been = story.walks(&OPUS, |name, _| if name == "B" { Class::ConnectFailed } else { Class::Ok });
    assert_eq!(been, [to("B", ""), to("C", "deep-1")]);
    story.cool("B");
    assert_eq!(story.goes(&OPUS), to("C", "deep-1"));
    story.wait(70.0);
    let lease = story.choose(&OPUS).unwrap();
    assert_eq!((sent(&lease), lease.decision.reason), (to("B", ""), Reason::Trial));
    assert_eq!(story.goes(&OPUS), to("C", "deep-1"), "one request tries it");
    story.settle(lease, Class::Ok);
    story.wait(31.0);
    assert_eq!(story.goes(&OPUS), to("B", ""));
}

#[test]
fn of_targets_with_equal_numbers_the_strategy_chooses_and_each_has_its_model() {
    let routes = vec![route("opus", &[("a", "one", 1), ("b", "two", 1), ("c", "three", 1)])];
    let mut story = Story::of(three(StrategyKind::Fastest, routes));
    for (name, latency) in [("A", 300), ("B", 200), ("C", 100)] {
        story.measure(name, latency);
    }
    assert_eq!(story.goes(&OPUS), to("C", "three"));
    (0..5).for_each(|_| story.measure("A", 10));
    assert_eq!(story.goes(&OPUS), to("A", "one"), "the order follows what is measured");
    let routes = vec![route("opus", &[("a", "one", 1), ("b", "two", 1)])];
    let mut story = Story::of(three(StrategyKind::RoundRobin, routes));
    let turns: Vec<_> = (0..4).map(|_| story.goes(&OPUS).0).collect();
    assert_eq!(turns, ["A", "B", "A", "B"]);
}

#[test]
fn many_changes_between_two_requests_are_not_missed() {
    let mut plan = plan(StrategyKind::Fastest, (0..60).map(|n| endpoint(&format!("E{n}"))).collect());
    plan.routes = Routes::new([route("half", &[("@E7", "", 1), ("@E50", "", 1)])]);
    let mut story = Story::of(plan);
    let half = Ask { route: Some("half"), ..OPUS };
    for n in 0..300 {
        story.measure(&format!("E{}", n % 60), 1_000 - (n % 60) * 10);
    }
    assert_eq!(story.goes(&half).0, "E50");
    (0..5).for_each(|_| story.measure("E7", 20));
    assert_eq!(story.goes(&half).0, "E7");
}

#[test]
fn one_endpoint_is_asked_for_another_model_when_the_first_is_refused() {
    let twice = || vec![route("opus", &[("a", "", 1), ("@A", "sonnet", 2), ("b", "", 3)])];
    for class in [Class::RateLimited, Class::ModelMissing, Class::Overloaded, Class::Forbidden] {
        let mut story = story(twice());
        let been = story.walks(&OPUS, |_, model| if model == "opus" { class } else { Class::Ok });
        assert_eq!(been, [to("A", ""), to("A", "sonnet")], "{class:?}");
        let limits = story.view("A").limits;
        assert_eq!(limits.iter().map(|l| l.model.as_str()).collect::<Vec<_>>(), ["opus"], "{class:?}");
        assert_eq!(story.goes(&OPUS), to("A", "sonnet"), "{class:?}");
    }
    for class in [Class::ConnectFailed, Class::ServerError, Class::AuthFailed, Class::LimitReached] {
        let mut story = story(twice());
        let been = story.walks(&OPUS, |name, _| if name == "A" { class } else { Class::Ok });
        assert_eq!(been, [to("A", ""), to("B", "")], "the endpoint itself failed: {class:?}");
    }
}

#[test]
fn a_limit_holds_for_the_model_that_was_sent() {
    let shared = [("a", "shared", 1), ("b", "", 2)];
    let mut story =
        story(vec![route("opus", &shared), route("haiku", &shared), route("own", &[("a", "own", 1)])]);
    story.is_limited(&OPUS);
    assert_eq!(story.goes(&OPUS), to("B", ""));
    assert_eq!(story.goes(&Ask { model: "haiku", route: Some("haiku"), ..OPUS }), to("B", ""));
    assert_eq!(story.goes(&Ask { model: "own-too", route: Some("own"), ..OPUS }), to("A", "own"));
    story.wait(601.0);
    assert_eq!(story.goes(&OPUS), to("A", "shared"));
}

#[test]
fn a_clients_own_limit_holds_for_the_model_that_was_sent() {
    let a = Endpoint { auth: Auth::Passthrough, ..alone("A", Dialect::Anthropic) };
    let routes = Routes::new([route("opus", &[("a", "", 1), ("a", "sonnet", 2)])]);
    let mut story = Story::of(Plan { routes, ..plan(StrategyKind::Priority, vec![a]) });
    let ask = Ask { client_credential: Some(1), ..OPUS };
    story.is_limited(&ask);
    assert_eq!(story.goes(&ask), to("A", "sonnet"));
    assert_eq!(story.goes(&Ask { client_credential: Some(2), ..OPUS }), to("A", ""));
}

#[test]
fn an_attempt_is_repeated_as_the_same_model() {
    let mut story = story(vec![route("opus", &[("a", "", 1), ("a", "sonnet", 2)])]);
    let (a, b, now) = (story.view("A").id, story.view("B").id, story.now());
    assert_eq!(sent(&story.engine.choose_same(a, &OPUS, now).unwrap()), to("A", ""));
    let ask = Ask { tried_as: &[(a, Arc::from("opus"))], ..OPUS };
    assert_eq!(sent(&story.engine.choose_same(a, &ask, now).unwrap()), to("A", "sonnet"));
    let refusal = story.engine.choose_same(b, &OPUS, now).unwrap_err();
    assert_eq!(refusal.why[1].1, WhyNot::NotRouted, "nobody goes beside its route");
}

#[test]
fn a_pin_goes_before_priority_and_never_before_the_route() {
    let mut story = story(vec![route("opus", &[("a", "", 1), ("c", "deep-1", 2)])]);
    story.pin("C", true);
    assert_eq!(story.goes(&OPUS), to("C", "deep-1"));
    story.cool("C");
    assert_eq!(story.goes(&OPUS), to("A", ""), "a pin with fallback");
    story.pin("C", false);
    let lease = story.choose(&OPUS).unwrap();
    assert_eq!((sent(&lease), lease.last_resort), (to("C", "deep-1"), true));
    story.settle(lease, Class::Cancelled);
    story.pause("C");
    let refusal = story.choose(&OPUS).unwrap_err();
    assert_eq!((refusal.why[0].1, refusal.why[2].1), (WhyNot::NotPinned, WhyNot::Paused));
    story.pin("B", false);
    assert_eq!(story.goes(&OPUS), to("A", ""), "B is no target");
}

#[test]
fn a_conversation_stays_where_it_failed_over_to_unless_that_is_another_model() {
    let same = route("opus", &[("a", "", 1), ("b", "", 2)]);
    let other = route("opus", &[("a", "", 1), ("b", "sonnet", 2)]);
    for (route, back) in [(same, "B"), (other, "A")] {
        let mut story = story(vec![route]);
        let talk = Ask { session: Some(1), ..OPUS };
        story.pause("A");
        let lease = story.choose(&talk).unwrap();
        assert_eq!(lease.endpoint.name, "B");
        story.engine.settle(lease, &good(100), story.now());
        story.resume("A");
        assert_eq!(story.goes(&talk).0, back);
        assert_eq!(story.goes(&OPUS).0, "A");
    }
}

#[test]
fn whoever_waits_is_served_by_its_route() {
    let mut story = story(vec![route("opus", &[("b", "big", 1)])]);
    story.pause("B");
    let chosen = story.waits(&OPUS);
    let Chosen::Waits(_, _, why) = chosen else { panic!("{chosen:?}") };
    assert_eq!(why.in_short(), "B: paused", "nobody is told of who is no target");
    story.resume("B");
    let departure = story.engine.poll_departure().expect("it is served");
    let Left::Granted { lease, .. } = departure.how else { panic!("{:?}", departure.how) };
    assert_eq!(sent(&lease), to("B", "big"));
}

#[test]
fn a_place_that_comes_free_is_given_to_who_waits_for_the_route() {
    let mut plan = three(StrategyKind::Priority, vec![route("opus", &[("b", "", 1)])]);
    Arc::make_mut(&mut plan.endpoints[1]).max_concurrent = Some(1);
    let mut story = Story::of(plan);
    let held = story.choose(&OPUS).unwrap();
    assert!(matches!(story.waits(&OPUS), Chosen::Waits(..)));
    story.settle(held, Class::Ok);
    assert!(story.engine.poll_departure().is_some());
}

#[test]
fn the_only_target_of_a_route_is_spared_and_one_of_several_rests() {
    let mut story = story(vec![route("opus", &[("a", "", 1)]), route("two", &[("a", "", 1), ("c", "", 2)])]);
    for (ask, state) in [(OPUS, State::Degraded), (Ask { route: Some("two"), ..OPUS }, State::Cooling)] {
        for class in [Class::Ok, Class::ServerError, Class::ServerError, Class::ServerError] {
            let lease = story.choose(&ask).unwrap();
            story.settle(lease, class);
        }
        assert_eq!(story.view("A").state, state);
    }
}

#[test]
fn a_group_that_rests_gets_one_attempt_and_the_next_targets_serve() {
    let of_a = |name: &str| Endpoint { group: "a".to_owned(), ..alone(name, Dialect::Anthropic) };
    let endpoints = vec![of_a("A1"), of_a("A2"), alone("B", Dialect::Anthropic)];
    let routes = Routes::new([route("opus", &[("a", "", 1), ("b", "", 2)])]);
    let mut story = Story::of(Plan { routes, ..plan(StrategyKind::Priority, endpoints) });
    story.cool("A1");
    story.cool("A2");
    assert_eq!(story.goes(&OPUS).0, "B");
    story.wait(70.0);
    let been = story.walks(&OPUS, |name, _| if name == "B" { Class::Ok } else { Class::ConnectFailed });
    let names: Vec<&str> = been.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["A1", "B"]);
}

#[test]
fn a_reload_takes_up_routes_while_requests_run() {
    let mut story = story(vec![route("opus", &[("b", "big", 1)])]);
    let held = story.choose(&OPUS).unwrap();
    let more = route("opus", &[("c", "deep-1", 1), ("b", "", 2)]);
    story.reload(three(StrategyKind::Priority, vec![more]));
    assert_eq!(story.goes(&OPUS), to("C", "deep-1"));
    story.settle(held, Class::Ok);
    assert_eq!(story.view("B").in_flight, 0);
    story.reload(three(StrategyKind::Priority, Vec::new()));
    assert_eq!(story.goes(&OPUS), to("A", ""), "without its route it goes to its dialect");
}

#[test]
fn where_nobody_speaks_its_dialect_all_others_serve_what_can_be_translated() {
    let mut story = story(Vec::new());
    let ask = Ask { translates: true, ..Ask::inference(Dialect::OpenaiResponses) };
    let been = story.walks(&ask, |name, _| if name == "C" { Class::Ok } else { Class::ConnectFailed });
    assert_eq!(been, [to("A", ""), to("B", ""), to("C", "")], "the lanes in turn");
    let refusal = story.choose(&Ask { translates: false, ..ask }).unwrap_err();
    assert!(refusal.why.iter().all(|(_, why)| *why == WhyNot::Dialect));
    story.pause("C");
    let chat = Ask { translates: true, ..Ask::inference(Dialect::OpenaiChat) };
    assert!(story.choose(&chat).is_err(), "its own dialect has somebody, if paused");
}

#[test]
fn a_clients_login_is_not_handed_to_another_vendor_unless_a_route_says_so() {
    let a = Endpoint { auth: Auth::Passthrough, ..alone("A", Dialect::Anthropic) };
    let routes = Routes::new([route("gpt", &[("a", "", 1)])]);
    let mut story = Story::of(Plan { routes, ..plan(StrategyKind::Priority, vec![a]) });
    let ask = Ask { translates: true, client_credential: Some(1), ..Ask::inference(Dialect::OpenaiChat) };
    assert_eq!(story.choose(&ask).unwrap_err().why[0].1, WhyNot::Dialect);
    assert_eq!(story.goes(&Ask { route: Some("gpt"), ..ask }).0, "A");
}

#[test]
fn counts_of_tokens_are_routed_and_other_paths_are_not() {
    let mut story = story(vec![route("opus", &[("c", "deep-1", 1)])]);
    assert_eq!(story.goes(&Ask { kind: AskKind::Aside, ..OPUS }), to("C", "deep-1"));
    assert_eq!(story.goes(&Ask { kind: AskKind::Other, dialect: None, ..OPUS }), to("A", ""));
}

#[test]
fn people_are_told_where_a_routed_request_would_go_and_what_it_passed_over() {
    let targets = [("a", "", 1), ("a", "sonnet", 2), ("c", "deep-1", 2)];
    let mut story = story(vec![route("opus", &targets)]);
    story.pause("A");
    let told = story.engine.route(&OPUS, story.now()).into_iter();
    let told: Vec<_> =
        told.map(|r| (r.endpoint, r.model.map(|m| m.to_string()), r.priority, r.why_not, r.first)).collect();
    let (deep, sonnet) = (Some("deep-1".to_owned()), Some("sonnet".to_owned()));
    let expected = [
        ("A".to_owned(), None, Some(1), Some(WhyNot::Paused), false),
        ("C".to_owned(), deep, Some(2), None, true),
        ("A".to_owned(), sonnet, Some(2), Some(WhyNot::Paused), false),
    ];
    assert_eq!(told, expected);
    let lease = story.choose(&OPUS).unwrap();
    assert_eq!(lease.decision.route.as_deref(), Some("opus"));
    assert_eq!(lease.decision.passed_over, [("A".to_owned(), WhyNot::Paused)]);
}
