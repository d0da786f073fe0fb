//! The last word when no endpoint's answer can be given.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response};
use zephyr_core::engine::{NoEndpoint, State, WhyNot};
use zephyr_core::failover::{Class, final_answer, retry_after_header};
use zephyr_core::waiting::GaveUp;
use zephyr_wire::form::{Refused, THREAD_NOT_FOUND};

use super::attempt::Failure;
use super::body::Body;
use super::bridge::in_own_words;
use super::error::{Problem, SHOULD_RETRY, shaped};
use super::headers;
use super::identify::Call;
use super::record::{Ended, Record};

/// Answers with an error of our own.
pub(super) fn refuse(call: &Call, problem: &Problem, mut record: Record) -> Response<Body> {
    let response = shaped(problem, call.dialect, record.id());
    if problem.unseen {
        record.ended(Ended::Cancelled, Some(&problem.message));
        return response;
    }
    record.answered(problem.status);
    record.whole(response.body());
    record.ended(Ended::Refused, Some(&problem.message));
    response
}

/// Answers a request whose body was not taken in; its record tells what its head does.
pub(super) fn unread(
    call: &Call,
    headers: &HeaderMap,
    problem: &Problem,
    mut record: Record,
) -> Response<Body> {
    record.wishes(&call.wishes(headers, &Bytes::new()), 0);
    refuse(call, problem, record)
}

/// Every candidate was tried, or none may be.
pub(super) fn spent(
    call: &Call,
    failures: Vec<Failure>,
    none: Option<&NoEndpoint>,
    mut record: Record,
) -> Response<Body> {
    if let Some(none) = none {
        record.nobody(none);
    }
    let waited = none.and_then(|none| none.waited);
    let stops = matches!(waited, Some((_, GaveUp::Stopped)));
    if !stops && let Some(response) = verbatim(call, &failures, &mut record) {
        return response;
    }
    let mut problem = match failures.is_empty() {
        _ if stops => Problem::passing(503, "api_error", "this gateway is stopping: ask again"),
        true => nobody(call, none),
        // Whoever could go on with the conversation has failed; others can once they are sent all of it.
        false if refused(&failures).any(Refused::is_lost_thread) => {
            Problem::final_(400, THREAD_NOT_FOUND, Refused::lost_thread().0)
        }
        false if refused(&failures).count() == failures.len() => unasked(&failures),
        false => all_failed(&failures, none),
    };
    if let Some((waited, why)) = waited {
        let told = format!("{} (waited {} s: {})", problem.message, waited.as_secs(), why.told());
        problem.message = told;
    }
    let mut response = refuse(call, &problem, record);
    if let Some(failure) = failures.last() {
        headers::used(response.headers_mut(), &failure.endpoint);
    }
    response
}

/// Where all endpoints agree on a refusal that is the client's business, it gets the endpoint's own words.
fn verbatim(call: &Call, failures: &[Failure], record: &mut Record) -> Option<Response<Body>> {
    let last = failures.last()?;
    let reply = last.reply.as_ref()?;
    let class = sort(last.outcome.class);
    let own = last.endpoint.is_passthrough();
    let passes = match class {
        Class::ModelMissing | Class::Again | Class::ClientFault | Class::Declined => true,
        Class::AuthFailed | Class::Forbidden | Class::CreditExhausted | Class::RateLimited => own,
        _ => false,
    };
    if !passes || !failures.iter().all(|f| sort(f.outcome.class) == class) {
        return None;
    }
    let (mut head, body) = reply.clone().into_parts();
    let body = in_own_words(call, &last.endpoint, &mut head, &body, record.id()).unwrap_or(body);
    record.answered(head.status.as_u16());
    record.ended(Ended::Complete, last.outcome.detail.as_deref());
    let mut response = Response::from_parts(head, Body::whole(body));
    record.whole(response.body());
    headers::answer(response.headers_mut(), &last.endpoint, record.id());
    // Some clients sleep a stated wait whole, for hours too; an endpoint's own word on that stays.
    let (_, give_up) = retry_after_header(true, last.outcome.retry_after);
    if give_up && !response.headers().contains_key(SHOULD_RETRY) {
        response.headers_mut().insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    Some(response)
}

/// No endpoint's dialect has words for what is asked for.
fn unasked(failures: &[Failure]) -> Problem {
    let mut told: Vec<&str> = refused(failures).map(|refused| refused.0.as_str()).collect();
    told.dedup();
    Problem::final_(400, "invalid_request_error", told.join("; "))
}

/// Why endpoints were not asked at all.
fn refused(failures: &[Failure]) -> impl Iterator<Item = &Refused> {
    failures.iter().filter_map(|failure| failure.refused.as_ref())
}

/// The class, all kinds of limits taken for one.
fn sort(class: Class) -> Class {
    match class {
        Class::WindowSpent | Class::FamilySpent | Class::LimitReached => Class::RateLimited,
        class => class,
    }
}

fn all_failed(failures: &[Failure], none: Option<&NoEndpoint>) -> Problem {
    let classes: Vec<Class> = failures.iter().map(|f| f.outcome.class).collect();
    let own_key = failures.iter().any(|f| f.endpoint.is_passthrough());
    let word = final_answer(&classes, own_key);
    let told: Vec<String> = failures
        .iter()
        .map(|f| format!("{}: {}", f.endpoint.name, f.outcome.detail.as_deref().unwrap_or("failed")))
        .collect();
    let mut message = format!("no endpoint could answer; tried {}", told.join("; "));
    let untried: Vec<String> = none.map(left_out).unwrap_or_default();
    if !untried.is_empty() {
        message = format!("{message}; not tried {}", untried.join("; "));
    }
    let stated = failures.iter().filter_map(|f| f.outcome.retry_after).min();
    let retry_after = stated.or(none.and_then(|n| n.retry_after));
    Problem {
        status: word.status,
        kind: word.kind,
        message,
        retry_after,
        may_retry: word.waiting_helps,
        close: false,
        unseen: false,
    }
}

/// Endpoints that were not asked and why, in a few words each.
fn left_out(none: &NoEndpoint) -> Vec<String> {
    none.why
        .iter()
        .filter(|(_, why)| !matches!(why, WhyNot::Tried | WhyNot::Dialect | WhyNot::NotRouted))
        .map(|(name, why)| format!("{name}: {why}"))
        .collect()
}

/// No endpoint was even asked.
fn nobody(call: &Call, none: Option<&NoEndpoint>) -> Problem {
    let Some(none) = none else {
        return Problem::passing(503, "api_error", "no endpoint could be asked");
    };
    let all = |f: fn(&WhyNot) -> bool| !none.why.is_empty() && none.why.iter().all(|(_, why)| f(why));
    if all(|w| matches!(w, WhyNot::Dialect)) {
        let message = format!("no endpoint speaks `{}`: give a group that `dialect`", call.dialect.name());
        return Problem::final_(501, "not_supported", message);
    }
    if all(|w| matches!(w, WhyNot::Dialect | WhyNot::NotRouted)) {
        let message = format!(
            "the model's route has nobody who can serve `{}`: enable one of its targets, or remove the route",
            call.dialect.name()
        );
        return Problem::final_(501, "not_supported", message);
    }
    if none.why.iter().any(|(_, w)| matches!(w, WhyNot::NoClientCredential))
        && all(|w| matches!(w, WhyNot::Dialect | WhyNot::NotRouted | WhyNot::NoClientCredential))
    {
        let message =
            "this gateway passes your own credential on, and the request has none: log in, or set an API key";
        return Problem::final_(401, "authentication_error", message);
    }
    if none.offline {
        let message = "this machine's own network is down, as it seems: no endpoint beyond it answers";
        return Problem::passing(503, "overloaded_error", message);
    }
    if let Some(max) = none.client_full {
        let message = format!("{max} requests of this client run, as many as may (`max_concurrent`)");
        return Problem::passing(429, "rate_limit_error", message);
    }
    let message = format!("no endpoint is usable: {}", left_out(none).join("; "));
    if none.why.iter().any(|(_, why)| matches!(why, WhyNot::Busy)) {
        return Problem::passing(429, "rate_limit_error", message);
    }
    let known: Option<Vec<Class>> = none.why.iter().filter_map(|(_, why)| refusal(*why)).collect();
    let problem = match known.filter(|classes| !classes.is_empty()) {
        Some(classes) => {
            let word = final_answer(&classes, false);
            Problem { may_retry: word.waiting_helps, ..Problem::final_(word.status, word.kind, message) }
        }
        None => Problem::passing(503, "overloaded_error", message),
    };
    Problem { retry_after: none.retry_after, ..problem }
}

/// What an endpoint that is not asked would say, as the client is told; `None` = it is no candidate at all. Inside that,
/// `None` = it says nothing: it may answer soon, or the operator has taken it out.
fn refusal(why: WhyNot) -> Option<Option<Class>> {
    match why {
        WhyNot::Dialect | WhyNot::NotRouted | WhyNot::NoClientCredential | WhyNot::OtherGroup => None,
        WhyNot::Limited(class, _) => Some(Some(class)),
        WhyNot::State(State::Exhausted, _) => Some(Some(Class::LimitReached)),
        WhyNot::State(State::AuthFailed, _) => Some(Some(Class::AuthFailed)),
        WhyNot::State(State::Misconfigured, _) => Some(Some(Class::Misconfigured)),
        _ => Some(None),
    }
}
