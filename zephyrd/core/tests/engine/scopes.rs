//! For whom a refusal holds, and for how long: every row of the outcome table that bars something.

use std::time::Duration;

use zephyr_core::config::{Auth, Endpoint, StrategyKind};
use zephyr_core::engine::{Ask, EndpointId, Engine, LimitView, Outcome, State, WhyNot};
use zephyr_core::failover::Class;

use crate::story::{Story, told_to_wait};
use crate::support::{ASK, at, endpoint, key};

const OPUS: Ask<'static> = Ask { model: "opus", ..ASK };
const HAIKU: Ask<'static> = Ask { model: "haiku", ..ASK };

/// A and A2 share credential and provider, K has another key there, B is elsewhere with the same key.
fn four() -> Story {
    let of = |name: &str, provider: &str, secret: &str| Endpoint {
        provider: provider.to_owned(),
        auth: key(secret),
        ..endpoint(name)
    };
    let (one, other) = ("one key of sixteen", "another of sixteen");
    let all = vec![of("A", "p", one), of("A2", "p", one), of("K", "p", other), of("B", "q", one)];
    Story::new(StrategyKind::Priority, all)
}

/// One attempt at `name` ends so.
fn ends(story: &mut Story, name: &str, ask: &Ask<'_>, outcome: &Outcome) {
    let views = story.snapshot().endpoints;
    let others: Vec<EndpointId> = views.iter().filter(|e| e.endpoint.name != name).map(|e| e.id).collect();
    let lease = story.choose(&Ask { tried: &others, ..*ask }).unwrap();
    story.engine.settle(lease, outcome, story.now());
}

/// Where an ask may go, in order, each tried in turn.
fn way(story: &mut Story, ask: &Ask<'_>) -> Vec<String> {
    let (mut tried, mut names) = (Vec::new(), Vec::new());
    while let Ok(lease) = story.choose(&Ask { tried: &tried, ..*ask }) {
        tried.push(lease.id);
        names.push(lease.endpoint.name.clone());
        story.settle(lease, Class::Cancelled);
    }
    names
}

fn states(story: &Story) -> Vec<State> {
    story.snapshot().endpoints.iter().map(|e| e.state).collect()
}

#[test]
fn what_a_credential_is_refused_for_closes_every_endpoint_that_has_it_at_that_provider() {
    use State::{AuthFailed, Exhausted, Unknown};
    for (class, state, lasts) in [
        (Class::AuthFailed, AuthFailed, 300),
        (Class::CreditExhausted, Exhausted, 3_600),
        (Class::WindowSpent, Exhausted, 30),
        (Class::LimitReached, Exhausted, 30),
        (Class::Overage, Exhausted, 30),
    ] {
        let mut story = four();
        ends(&mut story, "A", &OPUS, &Outcome::of(class));
        assert_eq!(states(&story), [state, state, Unknown, Unknown], "{class:?}");
        assert_eq!(way(&mut story, &OPUS), ["K", "B"], "{class:?}");
        assert_eq!(way(&mut story, &HAIKU), ["K", "B"], "{class:?}");
        let until = at(100.0 + f64::from(lasts)).unix_ms;
        assert_eq!(story.view("A").until_unix_ms, Some(until), "{class:?}");
        assert_eq!(story.view("A2").until_unix_ms, Some(until), "{class:?}");
        assert!(story.view("A2").error.unwrap().starts_with("as `A`, which has the same credential"));
        story.wait(f64::from(lasts));
        assert_eq!(way(&mut story, &OPUS), ["A", "A2", "K", "B"], "{class:?}");
    }
}

#[test]
fn what_a_model_is_refused_for_leaves_other_models_and_the_state_alone() {
    for (class, lasts) in [(Class::RateLimited, 30), (Class::FamilySpent, 30)] {
        let mut story = four();
        ends(&mut story, "A", &OPUS, &Outcome::of(class));
        assert_eq!(states(&story), [State::Unknown; 4]);
        assert_eq!(way(&mut story, &OPUS), ["K", "B"], "{class:?}");
        assert_eq!(way(&mut story, &HAIKU), ["A", "A2", "K", "B"], "{class:?}");
        let until_unix_ms = at(100.0 + f64::from(lasts)).unix_ms;
        let limit = LimitView { class, model: "opus".into(), until_unix_ms, detail: String::new() };
        let limits = [limit];
        assert_eq!((&story.view("A").limits[..], &story.view("A2").limits[..]), (&limits[..], &limits[..]));
        assert!(story.view("K").limits.is_empty() && story.view("B").limits.is_empty());
        story.wait(f64::from(lasts));
        assert_eq!(way(&mut story, &OPUS), ["A", "A2", "K", "B"], "{class:?}");
        assert!(story.view("A").limits.is_empty());
    }
}

#[test]
fn a_stated_time_is_kept_as_stated_for_each_kind_of_limit() {
    for class in [Class::RateLimited, Class::FamilySpent, Class::WindowSpent, Class::LimitReached] {
        let mut story = four();
        ends(&mut story, "A", &OPUS, &told_to_wait(class, 18_000));
        let refusal = story.choose(&Ask { tried: &[story.view("K").id, story.view("B").id], ..OPUS });
        assert_eq!(refusal.unwrap_err().retry_after, Some(Duration::from_secs(18_000)), "{class:?}");
        story.wait(17_999.0);
        assert_eq!(way(&mut story, &OPUS), ["K", "B"], "{class:?}");
        story.wait(1.0);
        assert_eq!(way(&mut story, &OPUS)[0], "A", "{class:?}");
    }
}

#[test]
fn a_forbidden_or_missing_model_is_asked_for_elsewhere_first() {
    for (class, lasts) in [(Class::Forbidden, 1_800.0), (Class::ModelMissing, 600.0)] {
        let mut story = four();
        ends(&mut story, "A", &OPUS, &Outcome::of(class));
        // Whoever has nobody else may ask: it costs nothing, and the endpoint's own word is the best there is.
        assert_eq!(way(&mut story, &OPUS), ["K", "B", "A", "A2"], "{class:?}");
        assert_eq!(way(&mut story, &HAIKU), ["A", "A2", "K", "B"], "{class:?}");
        story.wait(lasts);
        assert_eq!(way(&mut story, &OPUS), ["A", "A2", "K", "B"], "{class:?}");
    }
}

#[test]
fn after_an_overload_another_provider_is_asked_first_and_the_same_one_once() {
    let mut story = four();
    let lease = story.choose(&OPUS).unwrap();
    let mut tried = vec![lease.id];
    story.settle(lease, Class::Overloaded);
    assert_eq!(states(&story), [State::Unknown; 4]);
    assert_eq!(way(&mut story, &HAIKU), ["A", "A2", "K", "B"]);
    let elsewhere = story.choose(&Ask { tried: &tried, ..OPUS }).unwrap();
    assert_eq!(elsewhere.endpoint.name, "B");
    tried.push(elsewhere.id);
    story.settle(elsewhere, Class::ConnectFailed);
    let same = story.choose(&Ask { tried: &tried, ..OPUS }).unwrap();
    assert_eq!(same.endpoint.name, "A2");
    tried.push(same.id);
    story.settle(same, Class::Overloaded);
    let refusal = story.choose(&Ask { tried: &tried, ..OPUS }).unwrap_err();
    assert!(matches!(refusal.why[2].1, WhyNot::Limited(Class::Overloaded, _)), "{:?}", refusal.why);
}

#[test]
fn overload_lasts_longer_each_time_and_shorter_again_after_good_answers() {
    let mut story = four();
    let mut lasts = |class: Class| {
        ends(&mut story, "B", &OPUS, &Outcome::of(class));
        let limits = story.view("B").limits;
        let lasts = limits.first().map_or(0, |l| (l.until_unix_ms - story.now().unix_ms) / 1_000);
        story.wait(lasts as f64 + 1.0);
        lasts
    };
    let grown: Vec<i64> = (0..6).map(|_| lasts(Class::Overloaded)).collect();
    assert_eq!(grown, [5, 10, 20, 40, 60, 60]);
    for _ in 0..4 {
        assert_eq!(lasts(Class::Ok), 0);
    }
    assert_eq!(lasts(Class::Overloaded), 20);
}

#[test]
fn a_bare_limit_lasts_longer_each_time_and_shorter_again_after_good_answers() {
    let mut story = four();
    let lasts = |story: &mut Story, name: &str, class: Class| {
        ends(story, name, &OPUS, &Outcome::of(class));
        let until = story.view(name).until_unix_ms;
        let lasts = until.map_or(0, |until| (until - story.now().unix_ms) / 1_000);
        story.wait(lasts as f64);
        lasts
    };
    assert_eq!(lasts(&mut story, "A", Class::LimitReached), 30);
    assert_eq!(lasts(&mut story, "A2", Class::LimitReached), 60, "it is the credential's");
    assert_eq!(lasts(&mut story, "A", Class::LimitReached), 120);
    assert_eq!(lasts(&mut story, "A", Class::Ok), 0);
    assert_eq!(lasts(&mut story, "A2", Class::LimitReached), 120);
    assert_eq!(lasts(&mut story, "B", Class::LimitReached), 30, "another provider knows nothing of it");
}

#[test]
fn a_refused_key_and_a_wrong_url_rest_longer_each_time_up_to_an_hour() {
    for (class, shared) in [(Class::AuthFailed, true), (Class::Misconfigured, false)] {
        let mut story = four();
        let mut grown = Vec::new();
        for _ in 0..6 {
            ends(&mut story, "A", &OPUS, &Outcome::of(class));
            let until = story.view("A").until_unix_ms.unwrap();
            grown.push((until - story.now().unix_ms) / 60_000);
            assert_eq!(story.view("A2").state.usable(), !shared);
            story.wait(((until - story.now().unix_ms) / 1_000) as f64);
        }
        assert_eq!(grown, [5, 10, 20, 40, 60, 60], "{class:?}");
    }
}

#[test]
fn requests_that_ran_at_the_same_time_are_refused_once() {
    let mut story = four();
    let leases: Vec<_> = (0..5).map(|_| story.choose(&OPUS).unwrap()).collect();
    story.wait(1.0);
    for lease in leases {
        story.settle(lease, Class::LimitReached);
    }
    assert_eq!(story.view("A").until_unix_ms, Some(at(131.0).unix_ms));
}

#[test]
fn a_good_answer_with_the_credential_ends_its_limit_at_once() {
    let mut story = four();
    ends(&mut story, "A", &OPUS, &told_to_wait(Class::WindowSpent, 18_000));
    story.wait(60.0);
    story.probe("A2", Class::Ok, 50, true);
    assert_eq!((story.view("A2").state, story.view("A").state), (State::Up, State::Degraded));
    assert_eq!(way(&mut story, &OPUS)[0], "A");
    // A cheap probe shows nothing of it.
    ends(&mut story, "A", &OPUS, &told_to_wait(Class::WindowSpent, 18_000));
    story.probe("A2", Class::Ok, 50, false);
    assert_eq!(story.view("A").state, State::Exhausted);
}

#[test]
fn a_good_answer_for_the_model_ends_its_limit_and_one_that_began_before_does_not() {
    let mut story = four();
    let early = story.choose(&OPUS).unwrap();
    let refused = story.choose(&OPUS).unwrap();
    story.wait(1.0);
    story.engine.settle(refused, &told_to_wait(Class::RateLimited, 600), story.now());
    story.settle(early, Class::Ok);
    assert_eq!(way(&mut story, &OPUS), ["K", "B"]);
    story.wait(1.0);
    // The probe asks for the model that it is set to.
    ends(&mut story, "A", &Ask { model: "claude-haiku-4-5", ..ASK }, &told_to_wait(Class::RateLimited, 600));
    story.probe("A", Class::Ok, 50, true);
    let left: Vec<String> = story.view("A").limits.into_iter().map(|l| l.model).collect();
    assert_eq!(left, ["opus"]);
}

#[test]
fn where_no_model_is_named_a_limit_is_of_the_credential_and_an_overload_of_the_endpoint() {
    let mut story = four();
    ends(&mut story, "A", &ASK, &Outcome::of(Class::RateLimited));
    ends(&mut story, "B", &ASK, &Outcome::of(Class::Overloaded));
    ends(&mut story, "K", &ASK, &Outcome::of(Class::ModelMissing));
    use State::{Cooling, Exhausted, Unknown};
    assert_eq!(states(&story), [Exhausted, Exhausted, Unknown, Cooling]);
}

#[test]
fn limits_of_a_model_are_no_alternatives() {
    let mut story = four();
    ends(&mut story, "A", &OPUS, &told_to_wait(Class::RateLimited, 600));
    for (ask, alternatives) in [(&OPUS, 1), (&HAIKU, 3)] {
        let lease = story.choose(ask).unwrap();
        assert_eq!(lease.alternatives, alternatives);
        story.settle(lease, Class::Cancelled);
    }
}

#[test]
fn an_endpoint_without_a_credential_shares_it_with_nobody() {
    let open = |name| Endpoint { auth: Auth::None, provider: "p".into(), ..endpoint(name) };
    let mut story = Story::new(StrategyKind::Priority, vec![open("A"), open("B")]);
    ends(&mut story, "A", &OPUS, &Outcome::of(Class::AuthFailed));
    assert_eq!(states(&story), [State::AuthFailed, State::Unknown]);
}

#[test]
fn what_a_client_s_own_credential_is_limited_to_is_its_own_by_model_and_provider() {
    let own = |name, provider: &str| Endpoint {
        auth: Auth::Passthrough,
        provider: provider.into(),
        ..endpoint(name)
    };
    let all = vec![own("L", "p"), own("M", "p"), own("N", "q")];
    let mut story = Story::new(StrategyKind::Priority, all);
    let ada = Ask { client_credential: Some(1), ..OPUS };
    let bob = Ask { client_credential: Some(2), ..OPUS };
    ends(&mut story, "L", &ada, &told_to_wait(Class::FamilySpent, 600));
    assert_eq!(way(&mut story, &ada), ["N", "L", "M"]);
    assert_eq!(way(&mut story, &Ask { model: "haiku", ..ada }), ["L", "M", "N"]);
    assert_eq!(way(&mut story, &bob), ["L", "M", "N"]);
    ends(&mut story, "N", &ada, &told_to_wait(Class::WindowSpent, 600));
    assert_eq!(way(&mut story, &Ask { model: "haiku", ..ada }), ["L", "M", "N"]);
    assert_eq!(states(&story), [State::Unknown; 3]);
}

#[test]
fn limits_and_their_counts_survive_a_restart() {
    let mut story = four();
    ends(&mut story, "A", &OPUS, &told_to_wait(Class::RateLimited, 600));
    for _ in 0..2 {
        ends(&mut story, "B", &HAIKU, &Outcome::of(Class::LimitReached));
        story.wait(60.0);
    }
    let memory = story.engine.memory(story.now());
    let text = serde_json::to_string(&memory).unwrap();
    story.engine = Engine::new(&story.plan, story.now());
    assert_eq!(way(&mut story, &OPUS), ["A", "A2", "K", "B"]);
    story.engine.restore(&serde_json::from_str(&text).unwrap(), story.now());
    assert_eq!(way(&mut story, &OPUS), ["K", "B"]);
    assert_eq!(story.engine.memory(story.now()).limits, memory.limits);
    ends(&mut story, "B", &HAIKU, &Outcome::of(Class::LimitReached));
    assert_eq!(story.view("B").until_unix_ms, Some(story.now().unix_ms + 120_000));
    story.wait(480.0);
    assert_eq!(way(&mut story, &OPUS)[0], "A");
}

#[test]
fn the_holds_of_an_endpoint_are_bounded() {
    let mut story = four();
    for n in 0..100 {
        let model = format!("model-{n}");
        ends(&mut story, "B", &Ask { model: &model, ..ASK }, &told_to_wait(Class::RateLimited, 1_000 + n));
    }
    let limits = story.view("B").limits;
    assert_eq!(limits.len(), 32);
    assert_eq!(limits[31].model, "model-99");
}
