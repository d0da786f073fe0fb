//! The TOML tree with the place of every key and value.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::report::Report;

/// Where a key or value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum At {
    /// Byte range of the text.
    Text(usize, usize),
    /// An environment variable.
    Variable(Arc<str>),
    /// A default: nowhere.
    Nowhere,
}

/// A value and where it is.
#[derive(Debug, Clone)]
pub(in super::super) struct Node {
    pub(in super::super) value: Value,
    pub(in super::super) at: At,
}

/// A TOML value.
#[derive(Debug, Clone)]
pub(in super::super) enum Value {
    Text(String),
    /// `None` = does not fit 64 bits.
    Integer(Option<i64>),
    Number(f64),
    Flag(bool),
    List(Vec<Node>),
    Table(Table),
    Date,
}

impl Value {
    /// The type's name with its article.
    pub(in super::super) fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Number(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Date => "a date",
        }
    }
}

/// A table's entries.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Table {
    pub(in super::super) entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(in super::super) struct Entry {
    pub(in super::super) key: String,
    pub(in super::super) key_at: At,
    pub(in super::super) node: Node,
}

impl Table {
    /// The value of `key`.
    pub(in super::super) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|e| &e.node)
    }

    /// The entry of `key`.
    pub(in super::super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.key == key)
    }

    /// The table that `key` holds; `None` also when it holds something else.
    pub(in super::super) fn table(&self, key: &str) -> Option<&Table> {
        match self.get(key).map(|n| &n.value) {
            Some(Value::Table(t)) => Some(t),
            _ => None,
        }
    }

    /// The tables that `key` holds, each with its place; what is no table is left out.
    pub(in super::super) fn tables(&self, key: &str) -> Vec<(&At, &Table)> {
        match self.get(key).map(|n| &n.value) {
            Some(Value::List(nodes)) => nodes
                .iter()
                .filter_map(|n| if let Value::Table(t) = &n.value { Some((&n.at, t)) } else { None })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Sets `key`, replacing what was there.
    pub(super) fn set(&mut self, key: &str, node: Node) {
        match self.entries.iter_mut().find(|e| e.key == key) {
            Some(entry) => *entry = Entry { key: key.to_owned(), key_at: node.at.clone(), node },
            None => self.entries.push(Entry { key: key.to_owned(), key_at: node.at.clone(), node }),
        }
    }

    /// Takes `key` away if it comes from the text.
    pub(super) fn forget_text(&mut self, key: &str) {
        self.entries.retain(|e| e.key != key || !matches!(e.node.at, At::Text(..)));
    }

    /// The table that `key` holds, made where it is missing; `None` when it holds something else.
    pub(super) fn table_mut(&mut self, key: &str, at: &At) -> Option<&mut Table> {
        if self.get(key).is_none() {
            self.set(key, Node { value: Value::Table(Self::default()), at: at.clone() });
        }
        match self.entries.iter_mut().find(|e| e.key == key).map(|e| &mut e.node.value) {
            Some(Value::Table(t)) => Some(t),
            _ => None,
        }
    }
}

/// The tree of `text`, and whether its TOML is broken: then the tree is only what could be recovered.
pub(super) fn parse(text: &str, report: &mut Report<'_>) -> (Table, bool) {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        let message = error.message();
        report.syntax(&At::Text(span.start, span.end), lower_first(message));
    }
    (convert_table(table.get_ref(), None), !errors.is_empty())
}

/// One value written as TOML, for variables and defaults.
pub(super) fn parse_value(text: &str, at: &At) -> Option<Node> {
    let value = DeValue::parse(text).ok()?;
    Some(convert(&value, Some(at)))
}

fn lower_first(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

fn convert_table(table: &DeTable<'_>, at: Option<&At>) -> Table {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_at: at.cloned().unwrap_or_else(|| At::Text(key.span().start, key.span().end)),
            node: convert(value, at),
        })
        .collect();
    entries.sort_by_key(|e| if let At::Text(start, _) = e.key_at { start } else { 0 });
    Table { entries }
}

fn convert(value: &Spanned<DeValue<'_>>, at: Option<&At>) -> Node {
    let place = at.cloned().unwrap_or_else(|| At::Text(value.span().start, value.span().end));
    let value = match value.get_ref() {
        DeValue::String(s) => Value::Text(s.to_string()),
        DeValue::Integer(i) => Value::Integer(i64::from_str_radix(i.as_str(), i.radix()).ok()),
        DeValue::Float(f) => Value::Number(f.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(b) => Value::Flag(*b),
        DeValue::Datetime(_) => Value::Date,
        DeValue::Array(list) => Value::List(list.iter().map(|v| convert(v, at)).collect()),
        DeValue::Table(t) => Value::Table(convert_table(t, at)),
    };
    Node { value, at: place }
}
