//! Collects problems, with positions, in the order of the text.

use std::collections::BTreeSet;

use super::super::problem::{Problem, Severity};
use super::tree::At;

/// More problems than this are only counted.
const MOST: usize = 200;

/// Where a problem belongs in the order: in the text, at a variable, at another file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Whole,
    Text(usize),
    Elsewhere,
}

/// See the module.
pub(in super::super) struct Report<'t> {
    source: &'t str,
    text: &'t str,
    /// Byte offsets at which lines begin.
    lines: Vec<usize>,
    found: Vec<(Order, Problem)>,
    /// Lines with broken TOML: what else is wrong there is only a consequence.
    broken: BTreeSet<u32>,
}

impl<'t> Report<'t> {
    /// An empty report on `text`, which is called `source`.
    pub(in super::super) fn new(text: &'t str, source: &'t str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        Self { source, text, lines, found: Vec::new(), broken: BTreeSet::new() }
    }

    /// An error.
    pub(in super::super) fn error(&mut self, at: &At, message: impl Into<String>, hint: Option<String>) {
        self.add(Severity::Error, at, message.into(), hint);
    }

    /// A warning.
    pub(in super::super) fn warning(&mut self, at: &At, message: impl Into<String>, hint: Option<String>) {
        self.add(Severity::Warning, at, message.into(), hint);
    }

    /// An error of the text as a whole.
    pub(in super::super) fn whole(&mut self, message: impl Into<String>, hint: Option<String>) {
        let source = self.source.to_owned();
        let problem =
            Problem { severity: Severity::Error, source, line: 0, column: 0, message: message.into(), hint };
        self.found.push((Order::Whole, problem));
    }

    /// Broken TOML.
    pub(super) fn syntax(&mut self, at: &At, message: String) {
        self.add(Severity::Error, at, message, None);
        if let At::Text(start, _) = at {
            self.break_line(self.position(*start).0);
        }
    }

    /// Marks a line as broken; with a table's header, everything up to the next one.
    fn break_line(&mut self, line: u32) {
        let first = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
        let mut lines = (line..).zip(self.text.lines().skip(first));
        self.broken.insert(line);
        if lines.next().is_some_and(|(_, l)| l.trim_start().starts_with('[')) {
            self.broken.extend(lines.take_while(|(_, l)| !l.trim_start().starts_with('[')).map(|(n, _)| n));
        }
    }

    /// A problem of another file, with a 1-based line where it has one.
    pub(in super::super) fn elsewhere(
        &mut self,
        severity: Severity,
        source: &str,
        line: u32,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let column = u32::from(line > 0);
        let problem =
            Problem { severity, source: source.to_owned(), line, column, message: message.into(), hint };
        self.found.push((Order::Elsewhere, problem));
    }

    fn add(&mut self, severity: Severity, at: &At, message: String, hint: Option<String>) {
        match at {
            At::Text(start, _) => {
                let (line, column) = self.position(*start);
                if self.broken.contains(&line) {
                    return;
                }
                let source = self.source.to_owned();
                let problem = Problem { severity, source, line, column, message, hint };
                self.found.push((Order::Text(*start), problem));
            }
            At::Variable(name) => self.elsewhere(severity, name, 0, message, hint),
            At::Nowhere => {
                let source = self.source.to_owned();
                let problem = Problem { severity, source, line: 0, column: 0, message, hint };
                self.found.push((Order::Whole, problem));
            }
        }
    }

    /// Line and column, 1-based, of a byte offset; the column counts characters.
    fn position(&self, offset: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..offset.min(self.text.len())).map_or(1, |s| s.chars().count() + 1);
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// The line, from 1; 0 for what does not stand in the text.
    pub(in super::super) fn line(&self, at: &At) -> u32 {
        if let At::Text(start, _) = at { self.position(*start).0 } else { 0 }
    }

    /// `line 3, column 5`, or the variable's name.
    pub(in super::super) fn place(&self, at: &At) -> String {
        match at {
            At::Text(start, _) => {
                let (line, column) = self.position(*start);
                format!("line {line}, column {column}")
            }
            At::Variable(name) => format!("`{name}`"),
            At::Nowhere => "the default".to_owned(),
        }
    }

    /// Whether an error was found so far.
    pub(in super::super) fn failed(&self) -> bool {
        self.found.iter().any(|(_, p)| p.severity == Severity::Error)
    }

    /// Everything found, in order, each thing once.
    pub(in super::super) fn finish(mut self) -> Vec<Problem> {
        self.found.sort_by(|a, b| a.0.cmp(&b.0));
        let mut out: Vec<Problem> = Vec::with_capacity(self.found.len());
        for (_, problem) in self.found {
            // What is wrong in a group is found once per endpoint.
            if !out.iter().rev().take_while(|p| p.line == problem.line).any(|p| *p == problem) {
                out.push(problem);
            }
        }
        if out.len() > MOST {
            let more = out.len() - MOST;
            // An error must never be cut off by warnings before it.
            let severity = if out[MOST..].iter().any(|p| p.severity == Severity::Error) {
                Severity::Error
            } else {
                Severity::Warning
            };
            out.truncate(MOST);
            let message = format!("{more} more problems are not listed");
            out.push(Problem {
                severity,
                source: self.source.to_owned(),
                line: 0,
                column: 0,
                message,
                hint: None,
            });
        }
        out
    }
}
