//! What is wrong with a config, and what a reload changed.

use super::glyph::{BAD, BOLD, DIM, WARN, paint};
use super::text::line;
use crate::language::{term, words};
use crate::view::{Problem, Reloaded};
use zephyr_words::say;

/// `path:line:col: error: message`, each with its hint beneath, as compilers write it.
pub(crate) fn problems(problems: &[Problem]) -> String {
    problems.iter().map(problem).collect()
}

fn problem(problem: &Problem) -> String {
    let place = match problem.line {
        0 => line(&problem.source),
        at => format!("{}:{at}:{}", line(&problem.source), problem.column),
    };
    let style = if problem.severity == "warning" { WARN } else { BAD };
    let severity = paint(style, &format!("{}:", line(&term("severity", &problem.severity))));
    let mut out = format!("{}: {severity} {}\n", paint(BOLD, &place), line(&problem.message));
    if let Some(hint) = &problem.hint {
        out.push_str(&format!("  {} {}\n", paint(DIM, &say!(words(), "problem-hint-label")), line(hint)));
    }
    out
}

/// What is in force now that was not.
pub(crate) fn reloaded(reloaded: &Reloaded) -> String {
    if reloaded.changes.is_empty() {
        return say!(words(), "reloaded-nothing").into_owned() + "\n";
    }
    let mut out = say!(words(), "reloaded", n = reloaded.changes.len()) + "\n";
    for change in &reloaded.changes {
        out.push_str(&format!("  {}\n", line(change)));
    }
    out
}
