//! Every status, wording and error type of the table.

use super::*;

const S: fn(u64) -> Duration = Duration::from_secs;

fn config() -> Failover {
    Failover {
        statuses: vec![418, 200],
        body_patterns: vec!["daily*used up".into(), "额度已用完".into()],
        ..Failover::default()
    }
}

fn told(status: u16, html: bool, body: &str, said: Said) -> Class {
    classify(&Reply { status, html, body: body.as_bytes(), said }, &config())
}

fn class(status: u16, html: bool, body: &str) -> Class {
    told(status, html, body, Said::default())
}

#[test]
fn every_status_of_the_table_has_its_class() {
    let overloaded = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let poor = r#"{"error":{"message":"Your Credit balance is too low to access the API"}}"#;
    let cap = r#"{"error":{"message":"You have reached your specified API usage limits."}}"#;
    let reached = r#"{"error":{"message":"Claude AI usage limit reached|1795170000"}}"#;
    for (status, html, body, expected) in [
        (200, false, "{}", Class::Ok),
        (200, true, "<html>", Class::NotAnAnswer),
        (301, false, "", Class::Misconfigured),
        (400, false, r#"{"error":{"message":"prompt is too long"}}"#, Class::ClientFault),
        (400, false, poor, Class::CreditExhausted),
        (400, false, cap, Class::CreditExhausted),
        (400, false, reached, Class::LimitReached),
        (401, false, "{}", Class::AuthFailed),
        (402, false, "", Class::CreditExhausted),
        (403, false, "{}", Class::Forbidden),
        (403, false, poor, Class::CreditExhausted),
        (403, false, reached, Class::LimitReached),
        (403, true, "<html>", Class::Misconfigured),
        (404, false, "{}", Class::ModelMissing),
        (404, true, "<html>", Class::Misconfigured),
        (405, false, "", Class::Misconfigured),
        (408, false, "", Class::Again),
        (409, false, "", Class::Again),
        (413, false, "", Class::ClientFault),
        (418, false, "", Class::Unavailable),
        (422, false, "", Class::ClientFault),
        (425, false, "", Class::Again),
        (429, false, "", Class::LimitReached),
        (429, false, reached, Class::LimitReached),
        (429, false, overloaded, Class::Overloaded),
        (429, false, r#"{"error":{"code":"insufficient_quota"}}"#, Class::CreditExhausted),
        (500, false, "", Class::ServerError),
        (500, false, overloaded, Class::Overloaded),
        (501, false, "", Class::Misconfigured),
        (502, true, "<html>", Class::Unavailable),
        (503, false, "", Class::Unavailable),
        (503, false, overloaded, Class::Overloaded),
        (503, true, "<html>", Class::Misconfigured),
        (504, false, "", Class::Unavailable),
        (505, false, "", Class::Misconfigured),
        (520, true, "<html>", Class::Unavailable),
        (522, true, "<html>", Class::Unavailable),
        (526, true, "<html>", Class::Unavailable),
        (529, false, "", Class::Overloaded),
    ] {
        assert_eq!(class(status, html, body), expected, "{status} html={html} {body}");
    }
}

#[test]
fn a_429_has_four_kinds() {
    let stated = Said { wait: Some(S(7)), window: None };
    let account = Said { wait: Some(S(7_000)), window: Some(Window::Account) };
    let family = Said { wait: Some(S(7_000)), window: Some(Window::Family) };
    let codex = r#"{"error":{"type":"usage_limit_reached","resets_in_seconds":9}}"#;
    for (said, body, expected) in [
        (stated, "{}", Class::RateLimited),
        (account, "{}", Class::WindowSpent),
        (family, "{}", Class::FamilySpent),
        (Said::default(), "{}", Class::LimitReached),
        (stated, codex, Class::LimitReached),
        (Said { wait: None, ..account }, "{}", Class::WindowSpent),
    ] {
        assert_eq!(told(429, false, body, said), expected, "{said:?} {body}");
    }
}

#[test]
fn a_configured_status_moves_on_but_never_turns_an_answer_into_a_failure() {
    assert_eq!(class(418, false, ""), Class::Unavailable);
    assert_eq!(class(200, false, "{}"), Class::Ok);
    assert_eq!(class(420, false, ""), Class::ClientFault);
}

#[test]
fn configured_words_of_a_refusal_mean_that_a_limit_is_reached() {
    let said = r#"{"error":{"message":"Your DAILY allowance is used up, come back tomorrow"}}"#;
    for status in [400, 401, 403, 404, 422, 429, 500, 503] {
        assert_eq!(class(status, false, said), Class::LimitReached, "{status}");
    }
    assert_eq!(class(400, false, r#"{"error":{"message":"用户额度已用完"}}"#), Class::LimitReached);
    assert_eq!(class(400, false, r#"{"error":{"message":"used up the daily"}}"#), Class::ClientFault);
    assert_eq!(class(200, false, said), Class::Ok);
}

#[test]
fn where_the_config_says_so_every_4xx_moves_on() {
    let config = Failover { any_4xx: true, ..Failover::default() };
    let class =
        |status| classify(&Reply { status, html: false, body: b"{}", said: Said::default() }, &config);
    for status in [400, 406, 413, 418, 422, 451] {
        assert_eq!(class(status), Class::Declined, "{status}");
        assert!(class(status).moves_on() && !class(status).may_be_billed());
    }
    assert_eq!((class(401), class(404), class(200)), (Class::AuthFailed, Class::ModelMissing, Class::Ok));
}

#[test]
fn an_error_inside_an_answer_is_judged_by_its_type_and_words() {
    let inside = |kind, message, said| classify_inside(&Inside { kind, message, said }, &config());
    let plain = |kind| inside(kind, "", Said::default());
    assert_eq!(plain("overloaded_error"), Class::Overloaded);
    assert_eq!(plain("rate_limit_error"), Class::LimitReached);
    assert_eq!(plain("usage_limit_reached"), Class::LimitReached);
    assert_eq!(plain("insufficient_quota"), Class::CreditExhausted);
    assert_eq!(plain("authentication_error"), Class::AuthFailed);
    assert_eq!(plain("permission_error"), Class::Forbidden);
    assert_eq!(plain("not_found_error"), Class::ModelMissing);
    assert_eq!(plain("invalid_request_error"), Class::ClientFault);
    assert_eq!(plain("api_error"), Class::ServerError);
    assert_eq!(plain("what is this"), Class::NotAnAnswer);
    let stated = Said { wait: Some(S(3)), window: None };
    assert_eq!(inside("rate_limit_error", "", stated), Class::RateLimited);
    let spent = Said { wait: Some(S(3)), window: Some(Window::Account) };
    assert_eq!(inside("rate_limit_error", "", spent), Class::WindowSpent);
    let poor = "Your credit balance is too low";
    assert_eq!(inside("invalid_request_error", poor, Said::default()), Class::CreditExhausted);
    assert_eq!(inside("api_error", "daily tokens used up", Said::default()), Class::LimitReached);
}
