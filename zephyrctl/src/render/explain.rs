//! The way of one request, step by step.

use std::fmt::Write as _;

use jiff::Zoned;

use super::clock::{brief, whole};
use super::glyph::{BAD, BOLD, DIM, GOOD, WARN, paint};
use super::number::{latency, short};
use super::pairs::Pairs;
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
    let mut out = format!(
        "{} {}: {}\n",
        paint(style, mark),
        paint(BOLD, &name(&trace.id)),
        paint(style, &line(&outcome(trace)))
    );
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
    let status = trace.status.map(|s| format!(" with {s}")).unwrap_or_default();
    match trace.ended.as_deref() {
        _ if trace.running => format!("runs since {took}"),
        Some("complete") => format!("ended{status} after {took}"),
        Some("refused") => format!("refused by zephyrd{status} after {took}"),
        Some("cut") => format!("broke off inside the answer after {took}"),
        Some("cancelled") => format!("left by the client after {took}"),
        other => other.unwrap_or("ended").to_owned(),
    }
}

fn facts(trace: &Trace, now: &Zoned) -> String {
    let mut pairs = Pairs::default();
    let text = |text: &Option<String>| text.as_deref().map(line).unwrap_or_default();
    pairs.add("error", paint(BAD, &text(&trace.detail)));
    pairs.add("came", whole(trace.started_unix_ms, now));
    let form = if trace.stream { "a stream" } else { "one answer" };
    let dialect = trace.dialect.as_ref().map(|d| format!(" ({d}, {form})")).unwrap_or_default();
    pairs.add("asked", line(&format!("{} {}{dialect}", trace.method, trace.path)));
    pairs.add("model", text(&trace.model));
    pairs.add("client", text(&trace.client));
    pairs.add("session", text(&trace.session));
    pairs.add("agent", text(&trace.agent));
    pairs.text()
}

fn happened(step: &Step) -> String {
    match &step.what {
        Happened::Chose { endpoint, group, told, route, model, .. } => {
            let group = paint(DIM, &format!("({})", name(group)));
            let sent = model.as_ref().map(|m| format!(" as {}", paint(BOLD, &name(m)))).unwrap_or_default();
            let route = route.as_ref().map(|r| format!(", by the route `{}`", name(r))).unwrap_or_default();
            format!("chose {} {group}{sent}: {}{route}", paint(BOLD, &name(endpoint)), line(told))
        }
        Happened::Translated { dialect, .. } => format!("translated into {}", line(dialect)),
        Happened::Failed { class, status, detail, took_ms } => {
            let status = status.map(|s| format!(" {s}")).unwrap_or_default();
            let told = format!("failed after {}: {class}{status}", latency(Some(*took_ms)));
            let detail = if detail.is_empty() { String::new() } else { format!(" – {}", line(detail)) };
            format!("{}{detail}", paint(WARN, &line(&told)))
        }
        Happened::Nobody { retry_after_ms, .. } => {
            let back = retry_after_ms.map(|ms| format!("; the first may be back in {}", latency(Some(ms))));
            format!("{}{}", paint(BAD, "nobody could be asked"), back.unwrap_or_default())
        }
        Happened::Answered { status } => {
            let style = if *status < 400 { GOOD } else { WARN };
            paint(style, &format!("the answer began: {status}"))
        }
        Happened::Waits { kind, why } => {
            let waits = if kind == "queued" { "waits for a place" } else { "waits: nothing is usable" };
            format!("{}: {}", paint(WARN, waits), line(why))
        }
        Happened::ServedBy { request, source } => match source.as_str() {
            "cache" => format!("served by the stored answer to {}", name(request)),
            _ => format!("served by the answer to {}, which was on its way", name(request)),
        },
        Happened::Other => "something that this zephyrctl does not know".to_owned(),
    }
}

/// What stands beneath a step; how everybody stood only where it is not what was told before.
fn details<'t>(step: &'t Step, told: &mut Option<&'t Lineup>, now: &Zoned) -> Vec<String> {
    let bars = |label: &str, bars: &[Bar], more: u32| {
        let shown = bars.iter().map(|bar| format!("{} ({})", name(&bar.endpoint), line(&bar.why)));
        let shown: Vec<String> = shown.chain((more > 0).then(|| format!("{more} more"))).collect();
        let label = paint(DIM, label);
        (!shown.is_empty()).then(|| format!("{label} {}", shown.join("; ")))
    };
    match &step.what {
        Happened::Chose { passed_over, lineup, cache_lost_tokens, .. } => {
            let mut lines: Vec<String> = bars("passed over", passed_over, 0).into_iter().collect();
            if *cache_lost_tokens > 0 {
                let tokens = short(*cache_lost_tokens);
                lines.push(format!(
                    "{} {tokens} tokens of the conversation, cached elsewhere",
                    paint(DIM, "reads anew")
                ));
            }
            if told.replace(lineup) != Some(lineup) {
                let order: Vec<String> = lineup.order.iter().map(|n| name(n)).collect();
                if !order.is_empty() {
                    lines.push(format!(
                        "{} {}: {}",
                        paint(DIM, "in order"),
                        order.join(", "),
                        line(&lineup.why)
                    ));
                }
                let as_of = format!("out as of {}", brief(lineup.unix_ms, now));
                lines.extend(bars(&as_of, &lineup.out, lineup.more));
            }
            lines
        }
        Happened::Translated { lost, .. } if !lost.is_empty() => {
            let lost: Vec<String> = lost.iter().map(|what| line(what)).collect();
            vec![format!("{} {}", paint(DIM, "left out"), lost.join(", "))]
        }
        Happened::Nobody { why, more, .. } => bars("because", why, *more).into_iter().collect(),
        _ => Vec::new(),
    }
}
