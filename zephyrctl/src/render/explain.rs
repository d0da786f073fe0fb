//! The way of one request, step by step.

use crate::language::{spoken, term, words};
use std::fmt::Write as _;
use zephyr_words::{Language, say};

use jiff::Zoned;

use super::clock::{brief, whole};
use super::glyph::{BAD, BOLD, DIM, GOOD, WARN, paint};
use super::number::{latency, short};
use super::pairs::Pairs;
use super::request::asked;
use super::text::{line, name};
use crate::view::{Bar, Happened, Lineup, Step, Trace};

/// The screen of `explain`.
pub(crate) fn screen(trace: &Trace, now: &Zoned) -> String {
    let (mark, style) = match (trace.running, trace.ended.as_deref(), trace.status) {
        (true, ..) => ("…", WARN),
        (_, Some("complete"), Some(status)) if status < 400 => ("●", GOOD),
        (_, Some("cancelled"), _) => ("○", DIM),
        _ => ("✕", BAD),
    };
    let (mark, id) = (paint(style, mark), paint(BOLD, &name(&trace.id)));
    let outcome = paint(style, &line(&outcome(trace)));
    let mut out = say!(words(), "request-head", mark = mark, id = id, outcome = outcome) + "\n";
    out.push_str(&facts(trace, now));
    let mut told: Option<&Lineup> = None;
    for step in &trace.steps {
        out.push('\n');
        let _ = writeln!(
            out,
            "{} {}",
            paint(DIM, &format!("{:>9}", latency(Some(step.after_ms)))),
            happened(step)
        );
        for detail in details(step, &mut told, now) {
            let _ = writeln!(out, "{:>9} {detail}", "");
        }
    }
    out
}

fn outcome(trace: &Trace) -> String {
    let took = latency(Some(trace.duration_ms));
    let words = words();
    match (trace.ended.as_deref(), trace.status) {
        _ if trace.running => say!(words, "runs-since", took = took),
        (Some("complete"), None) => say!(words, "ended-after", took = took),
        (Some("complete"), Some(status)) => say!(words, "ended-with-after", status = status, took = took),
        (Some("refused"), None) => say!(words, "refused-after", took = took),
        (Some("refused"), Some(status)) => say!(words, "refused-with-after", status = status, took = took),
        (Some("cut"), _) => say!(words, "cut-after", took = took),
        (Some("cancelled"), _) => say!(words, "left-after", took = took),
        (Some(other), _) => other.to_owned(),
        (None, _) => say!(words, "ended").into_owned(),
    }
}

fn facts(trace: &Trace, now: &Zoned) -> String {
    let words = words();
    let mut pairs = Pairs::default();
    let text = |text: &Option<String>| text.as_deref().map(line).unwrap_or_default();
    pairs.add(&say!(words, "label-error"), paint(BAD, &text(&trace.detail)));
    pairs.add(&say!(words, "label-came"), whole(trace.started_unix_ms, now));
    let asked = asked(&trace.method, &trace.path, trace.dialect.as_deref(), trace.stream);
    pairs.add(&say!(words, "label-asked"), asked);
    pairs.add(&say!(words, "label-model"), text(&trace.model));
    pairs.add(&say!(words, "label-client"), text(&trace.client));
    pairs.add(&say!(words, "label-session"), text(&trace.session));
    pairs.add(&say!(words, "label-agent"), text(&trace.agent));
    pairs.text()
}

/// The daemon's own sentence in its own language, else that of the reason's name, if it has one.
fn reason_told(reason: &str, told: &str) -> String {
    match term("reason", reason) {
        word if spoken() == Language::English || word == reason => line(told),
        known => line(&known),
    }
}

fn happened(step: &Step) -> String {
    let words = words();
    match &step.what {
        Happened::Chose { endpoint, group, reason, told, route, model, .. } => {
            let group = paint(DIM, &format!("({})", name(group)));
            let endpoint = paint(BOLD, &name(endpoint));
            let why = reason_told(reason, told);
            let chose = match model {
                None => say!(words, "chose", endpoint = endpoint, group = group, why = why),
                Some(model) => {
                    let model = paint(BOLD, &name(model));
                    say!(words, "chose-as", endpoint = endpoint, group = group, model = model, why = why)
                }
            };
            match route {
                Some(route) => say!(words, "chose-by-route", chose = chose, route = name(route)),
                None => chose,
            }
        }
        Happened::Translated { dialect, .. } => say!(words, "translated-into", dialect = line(dialect)),
        Happened::Failed { class, status, detail, took_ms } => {
            let status = status.map(|s| format!(" {s}")).unwrap_or_default();
            let class = format!("{}{status}", term("class", class));
            let told = say!(words, "step-failed", took = latency(Some(*took_ms)), class = class);
            let detail = if detail.is_empty() { String::new() } else { format!(" – {}", line(detail)) };
            format!("{}{detail}", paint(WARN, &line(&told)))
        }
        Happened::Nobody { retry_after_ms, .. } => {
            let nobody = paint(BAD, &say!(words, "nobody-could"));
            match retry_after_ms {
                Some(ms) => say!(words, "nobody-back", nobody = nobody, span = latency(Some(*ms))),
                None => nobody,
            }
        }
        Happened::Answered { status } => {
            let style = if *status < 400 { GOOD } else { WARN };
            paint(style, &say!(words, "answer-began", status = *status))
        }
        Happened::Waits { kind, why } => {
            let queued = kind == "queued";
            let waits = if queued { say!(words, "waits-place") } else { say!(words, "waits-nothing-usable") };
            say!(words, "waits-why", waits = paint(WARN, &waits), why = line(why))
        }
        Happened::ServedBy { request, source } => match source.as_str() {
            "cache" => say!(words, "served-by-stored", request = name(request)),
            _ => say!(words, "served-by-shared", request = name(request)),
        },
        Happened::Other => say!(words, "step-unknown").into_owned(),
    }
}

/// What stands beneath a step; how everybody stood only where it is not what was told before.
fn details<'t>(step: &'t Step, told: &mut Option<&'t Lineup>, now: &Zoned) -> Vec<String> {
    let words = words();
    let bars = |label: &str, bars: &[Bar], more: u32| {
        let shown =
            bars.iter().map(|bar| say!(words, "bar", endpoint = name(&bar.endpoint), why = line(&bar.why)));
        let shown: Vec<String> = shown.chain((more > 0).then(|| say!(words, "n-more", n = more))).collect();
        let label = paint(DIM, label);
        (!shown.is_empty()).then(|| format!("{label} {}", shown.join(&say!(words, "semicolon"))))
    };
    match &step.what {
        Happened::Chose { passed_over, lineup, cache_lost_tokens, .. } => {
            let mut lines: Vec<String> =
                bars(&say!(words, "passed-over"), passed_over, 0).into_iter().collect();
            if *cache_lost_tokens > 0 {
                let tokens = short(*cache_lost_tokens);
                let tokens = say!(words, "tokens-cached-elsewhere", tokens = tokens);
                lines.push(format!("{} {tokens}", paint(DIM, &say!(words, "reads-anew"))));
            }
            if told.replace(lineup) != Some(lineup) {
                let order: Vec<String> = lineup.order.iter().map(|n| name(n)).collect();
                if !order.is_empty() {
                    let order = order.join(&say!(words, "list-comma"));
                    let order = say!(words, "order-why", order = order, why = line(&lineup.why));
                    lines.push(format!("{} {order}", paint(DIM, &say!(words, "in-order"))));
                }
                let as_of = say!(words, "out-as-of", time = brief(lineup.unix_ms, now));
                lines.extend(bars(&as_of, &lineup.out, lineup.more));
            }
            lines
        }
        Happened::Translated { lost, .. } if !lost.is_empty() => {
            let lost: Vec<String> = lost.iter().map(|what| line(what)).collect();
            let lost = lost.join(&say!(words, "list-comma"));
            vec![format!("{} {lost}", paint(DIM, &say!(words, "left-out")))]
        }
        Happened::Nobody { why, more, .. } => bars(&say!(words, "because"), why, *more).into_iter().collect(),
        _ => Vec::new(),
    }
}
