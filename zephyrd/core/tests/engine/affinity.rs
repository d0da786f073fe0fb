//! Conversations stay where their cache is, and move only where that is lost or pays.

use zephyr_core::affinity::{Cached, Foreign};
use zephyr_core::config::{Auth, Change, Dialect, Selection, StrategyKind};
use zephyr_core::engine::{Ask, AskKind, Command, EndpointId, Engine, Lease, Reason};
use zephyr_core::failover::Class;

use crate::story::{Story, told_to_wait};
use crate::support::{ASK, at, endpoint, order};

fn of(session: u64) -> Ask<'static> {
    Ask { session: Some(session), ..ASK }
}

fn three(strategy: StrategyKind) -> Story {
    Story::new(strategy, vec![endpoint("A"), endpoint("B"), endpoint("C")])
}

impl Story {
    /// One request of a conversation is answered; by whom.
    fn talk(&mut self, session: u64) -> String {
        self.talk_as(&of(session)).0
    }

    fn talk_as(&mut self, ask: &Ask<'_>) -> (String, Reason) {
        let mut lease = self.choose(ask).unwrap();
        let now = self.now();
        self.engine.begun(&mut lease, None, now);
        let told = (lease.endpoint.name.clone(), lease.decision.reason);
        self.settle(lease, Class::Ok);
        told
    }

    /// As [`Story::talk`], and the answer tells of so many tokens in the cache, for so much.
    fn told(&mut self, session: u64, tokens: u64, rebuild_nanos: i64, request_nanos: i64) -> String {
        let name = self.talk(session);
        let cached = Cached { model: "m", tokens, hour: None, request_nanos, rebuild_nanos };
        let id = self.view(&name).id;
        self.engine.cached(session, id, &cached);
        name
    }

    fn sessions(&self) -> [u32; 3] {
        ["A", "B", "C"].map(|name| self.view(name).sessions)
    }

    fn id(&self, name: &str) -> EndpointId {
        self.view(name).id
    }
}

#[test]
fn a_conversation_stays_while_new_ones_follow_the_strategy() {
    let mut story = three(StrategyKind::Fastest);
    assert_eq!(story.talk(1), "A");
    story.measure("B", 100);
    assert_eq!((story.talk(2), story.next()), ("B".into(), "B".into()));
    assert_eq!(story.talk_as(&of(1)), ("A".into(), Reason::Stays));
    assert_eq!(story.sessions(), [1, 1, 0]);
}

#[test]
fn strategies_that_place_each_request_anew_place_a_conversation_once() {
    for strategy in [StrategyKind::RoundRobin, StrategyKind::Random, StrategyKind::LeastBusy] {
        let mut story = three(strategy);
        let homes: Vec<String> = (0..6).map(|session| story.talk(session)).collect();
        for _ in 0..3 {
            let again: Vec<String> = (0..6).map(|session| story.talk(session)).collect();
            assert_eq!(again, homes, "{strategy:?}");
        }
    }
}

#[test]
fn a_conversation_that_begins_is_a_new_one_though_another_began_alike() {
    let mut story = three(StrategyKind::Fastest);
    story.talk(1);
    story.measure("B", 100);
    let opening = Ask { opening: true, ..of(1) };
    assert_eq!(story.talk_as(&opening), ("B".into(), Reason::Current));
    assert_eq!((story.talk(1), story.sessions()), ("B".into(), [0, 1, 0]));
}

#[test]
fn once_the_cache_is_cold_the_strategy_decides_anew() {
    let mut story = three(StrategyKind::Fastest);
    story.talk(1);
    story.measure("B", 100);
    story.wait(299.0);
    assert_eq!(story.talk(1), "A");
    story.wait(300.0);
    assert_eq!((story.talk_as(&of(1)), story.talk(1)), (("B".into(), Reason::Current), "B".into()));
}

#[test]
fn a_cache_of_an_hour_holds_a_conversation_for_an_hour() {
    let mut story = three(StrategyKind::Fastest);
    story.talk(1);
    let cached = Cached { model: "m", tokens: 50_000, hour: Some(true), request_nanos: 0, rebuild_nanos: 0 };
    let id = story.id("A");
    story.engine.cached(1, id, &cached);
    story.measure("A", 500);
    story.measure("B", 490);
    story.wait(3_599.0);
    assert_eq!(story.talk(1), "A");
    story.pause("A");
    assert_eq!(story.talk(1), "B");
    story.resume("A");
    story.wait(3_599.0);
    assert_eq!(story.talk(1), "B");
}

#[test]
fn a_failed_over_conversation_stays_where_it_went_until_its_cache_there_is_cold() {
    let mut story = three(StrategyKind::Priority);
    assert_eq!(story.talk(1), "A");
    story.cool("A");
    assert_eq!((story.talk(1), story.talk(2)), ("B".into(), "B".into()));
    story.wait(70.0);
    story.measure("A", 10);
    story.wait(30.0);
    assert_eq!((story.talk(1), story.talk(2), story.talk(3)), ("B".into(), "B".into(), "A".into()));
    story.wait(301.0);
    assert_eq!((story.talk(1), story.talk(2)), ("A".into(), "A".into()));
}

#[test]
fn one_failed_attempt_moves_a_conversation_once_and_not_back() {
    let mut story = three(StrategyKind::Priority);
    story.talk(1);
    let lease = story.choose(&of(1)).unwrap();
    let tried = [lease.id];
    story.settle(lease, Class::ServerError);
    let next = story.choose(&Ask { tried: &tried, ..of(1) }).unwrap();
    assert_eq!(next.endpoint.name, "B");
    story.settle(next, Class::Ok);
    assert_eq!((story.talk(1), story.talk(2)), ("B".into(), "A".into()));
}

#[test]
fn a_conversation_without_an_answer_is_not_held_where_attempts_fail() {
    let mut story = three(StrategyKind::Fastest);
    let lease = story.choose(&of(1)).unwrap();
    assert_eq!(lease.endpoint.name, "A");
    story.measure("B", 100);
    let second = story.choose(&of(1)).unwrap();
    assert_eq!(second.endpoint.name, "A");
    story.settle(lease, Class::ServerError);
    story.settle(second, Class::Cancelled);
    assert_eq!(story.talk(1), "B");
}

#[test]
fn what_the_operator_or_the_endpoint_says_goes_before() {
    type Change = fn(&mut Story);
    let changes: [(&str, Change); 6] = [
        ("a pin", |s| s.pin("B", false)),
        ("a pin with fallback", |s| s.pin("B", true)),
        ("a pause", |s| s.pause("A")),
        ("a drain", |s| s.command(Command::Drain("A".into())).unwrap()),
        ("a limit", |s| s.attempt("A", &told_to_wait(Class::RateLimited, 60))),
        ("a rest", |s| s.cool("A")),
    ];
    for (name, change) in changes {
        let mut story = three(StrategyKind::Priority);
        assert_eq!(story.talk(1), "A");
        change(&mut story);
        assert_eq!(story.talk(1), "B", "{name}");
    }
}

#[test]
fn a_full_endpoint_is_passed_by() {
    let mut endpoints = vec![endpoint("A"), endpoint("B")];
    endpoints[0].max_concurrent = Some(1);
    let mut story = Story::new(StrategyKind::Priority, endpoints);
    story.talk(1);
    let held = story.lease();
    assert_eq!(story.talk(1), "B");
    story.settle(held, Class::Ok);
}

#[test]
fn another_dialect_or_a_missing_credential_is_another_endpoint() {
    let (mut chat, mut mine) = (endpoint("B"), endpoint("A"));
    chat.dialect = Dialect::OpenaiChat;
    mine.auth = Auth::Passthrough;
    let mut story = Story::new(StrategyKind::Priority, vec![mine, chat, endpoint("C")]);
    let asks = [
        (Ask { client_credential: Some(1), ..of(1) }, "A"),
        (of(1), "C"),
        (Ask { dialect: Some(Dialect::OpenaiChat), ..of(1) }, "B"),
    ];
    for (ask, name) in asks {
        assert_eq!(story.talk_as(&ask).0, name);
    }
}

#[test]
fn a_move_for_speed_must_pay_for_the_cache() {
    // 4 × 0.3 s against 1.5 × 2,000 tokens, and against 1.5 × 100,000.
    for (tokens, target) in [(2_000, ("B", Reason::Moves)), (100_000, ("A", Reason::Stays))] {
        let mut story = three(StrategyKind::Fastest);
        story.measure("A", 400);
        (0..3).for_each(|_| assert_eq!(story.told(1, tokens, 0, 0), "A"));
        story.measure("B", 100);
        let (name, reason) = story.talk_as(&of(1));
        assert_eq!((name.as_str(), reason), target, "{tokens} tokens");
    }
}

#[test]
fn a_move_for_price_must_pay_for_the_cache() {
    for (rebuild, target) in [(1_000_000, "B"), (500_000_000, "A")] {
        let mut endpoints = vec![endpoint("A"), endpoint("B")];
        endpoints[1].price = 0.5;
        let mut story = Story::new(StrategyKind::Cheapest, endpoints);
        story.pause("B");
        (0..3).for_each(|_| assert_eq!(story.told(1, 50_000, rebuild, 20_000_000), "A"));
        story.resume("B");
        assert_eq!((story.talk(1), story.talk(2)), (target.into(), "B".into()), "{rebuild}");
    }
}

#[test]
fn what_a_forced_move_leaves_behind_is_told() {
    let mut story = three(StrategyKind::Priority);
    story.told(1, 70_000, 0, 0);
    story.pause("A");
    let lease = story.choose(&of(1)).unwrap();
    assert_eq!((lease.endpoint.name.as_str(), lease.decision.cache_lost), ("B", 70_000));
    story.settle(lease, Class::Ok);
    let lease = story.choose(&of(1)).unwrap();
    assert_eq!(lease.decision.cache_lost, 0);
    story.settle(lease, Class::Ok);
}

#[test]
fn counts_of_tokens_go_where_the_conversation_is_and_leave_it_there() {
    let mut story = three(StrategyKind::Priority);
    let aside = Ask { kind: AskKind::Aside, ..of(1) };
    story.talk(1);
    story.cool("A");
    story.talk(1);
    story.wait(70.0);
    story.measure("A", 10);
    story.wait(30.0);
    assert_eq!(story.talk_as(&aside), ("B".into(), Reason::Stays));
    let (name, _) = story.talk_as(&Ask { kind: AskKind::Aside, ..of(9) });
    assert_eq!((name.as_str(), story.sessions()), ("A", [0, 1, 0]));
}

#[test]
fn switched_off_it_holds_nobody() {
    let mut story = three(StrategyKind::Fastest);
    let selection = Selection { affinity: false, ..story.plan.selection };
    let change = Change::Selection(selection, story.plan.server.switch_threshold);
    let (order, now) = (order(&story.plan), story.now());
    story.engine.apply(&[change], &order, now);
    story.talk(1);
    story.measure("B", 100);
    assert_eq!(story.talk(1), "B");
}

#[test]
fn an_endpoint_tells_how_many_warm_conversations_it_has() {
    let mut story = three(StrategyKind::Priority);
    let mut told = story.snapshot();
    (0..3).for_each(|session| drop(story.talk(session)));
    assert_eq!(story.sessions(), [3, 0, 0]);
    story.pause("A");
    story.talk(0);
    assert_eq!(story.sessions(), [2, 1, 0]);
    while story.sessions() != [0, 0, 0] {
        let next = story.engine.poll_timeout().unwrap().as_secs_f64();
        story.wait((next - story.seconds).max(0.0) + 0.001);
    }
    assert!((400.0..470.0).contains(&story.seconds), "{}", story.seconds);
    while let Some(event) = story.engine.poll_event(story.now()) {
        told.apply(&event);
    }
    assert_eq!(told, story.snapshot());
}

#[test]
fn conversations_outlive_the_process_by_name_and_by_the_wall_clock() {
    let mut story = three(StrategyKind::Priority);
    story.pause("A");
    story.told(1, 40_000, 7, 8);
    story.wait(200.0);
    story.talk(2);
    let (b, now) = (story.id("B"), story.now());
    story.engine.refuses_foreign(2, b, 99);
    let mut memory = story.engine.memory(story.now());
    memory.paused.clear();
    assert_eq!(memory.affinity.iter().map(|kept| kept.key).collect::<Vec<_>>(), [2, 1]);
    let text = serde_json::to_string(&memory).unwrap();
    let memory = serde_json::from_str(&text).unwrap();
    // A fresh monotonic clock, 150 s later by the wall.
    let later = zephyr_core::time::Now { mono: at(1.0).mono, unix_ms: now.unix_ms + 150_000 };
    let mut engine = Engine::new(&story.plan, later);
    engine.restore(&memory, later);
    let again = engine.memory(later);
    assert_eq!(again.affinity, memory.affinity);
    let mut go = |session| -> Lease { engine.choose(&of(session), later, &mut story.rng).unwrap() };
    let (one, two) = (go(1), go(2));
    // The first has gone cold meanwhile.
    assert_eq!((one.endpoint.name.as_str(), two.endpoint.name.as_str()), ("A", "B"));
    assert_eq!((one.cut, two.cut), (None, Some(99)));
}

#[test]
fn a_memory_of_unknown_endpoints_or_of_the_future_does_no_harm() {
    let mut story = three(StrategyKind::Fastest);
    story.measure("A", 10);
    story.pause("A");
    (1..=3).for_each(|session| drop(story.talk(session)));
    let mut memory = story.engine.memory(story.now());
    memory.paused.clear();
    memory.affinity[0].endpoint = "gone".to_owned();
    memory.affinity[1].last_unix_ms = i64::MAX;
    memory.affinity[2].last_unix_ms = i64::MIN;
    let mut engine = Engine::new(&story.plan, at(5.0));
    engine.restore(&memory, at(5.0));
    let homes = [3, 2, 1]
        .map(|session| engine.choose(&of(session), at(5.0), &mut story.rng).unwrap().endpoint.name.clone());
    assert_eq!(homes, ["A", "B", "A"]);
}

#[test]
fn who_wrote_what_another_refuses_is_known_and_remembered() {
    let mut story = three(StrategyKind::Priority);
    story.talk(1);
    let (a, b) = (story.id("A"), story.id("B"));
    let foreign = |story: &Story, id| story.engine.foreign(&of(1), id, story.now());
    assert_eq!(foreign(&story, a), Foreign::Own);
    assert_eq!(foreign(&story, b), Foreign::Others(Some(a)));
    assert_eq!(story.engine.foreign(&ASK, b, story.now()), Foreign::Others(None));
    story.cool("A");
    assert_eq!(foreign(&story, b), Foreign::Others(None));
    let lease = story.choose(&of(1)).unwrap();
    assert_eq!((lease.id, lease.cut), (b, None));
    story.engine.refuses_foreign(1, b, 5);
    story.settle(lease, Class::ClientFault);
    let lease = story.choose(&of(1)).unwrap();
    assert_eq!((lease.id, lease.cut), (b, Some(5)));
    story.settle(lease, Class::Ok);
}
