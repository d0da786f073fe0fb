//! The `priority` of one endpoint or group in zephyrd's own config; everything else in the text is left alone.
//!
//! Understood are both ways to write them: tables with headings (`[[groups]]`, `[[groups.endpoints]]`) and lists of
//! tables in braces.

use crate::language::words;
use std::path::Path;
use zephyr_words::say;

use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::file;
use crate::error::Error;

/// Sets it in the file, which is replaced whole.
///
/// # Errors
/// The file cannot be read or written, is no TOML, or does not name it.
pub(crate) fn write(path: &Path, name: &str, number: u32) -> Result<(), Error> {
    let path = file::resolve(path);
    let Some(text) = file::read(&path)? else {
        return Err(Error::failed(say!(words(), "no-such-file", path = path.display().to_string())));
    };
    let located = |e: Error| e.hint(say!(words(), "left-as-is", file = path.display().to_string()));
    let new = set(&text, name, number).map_err(located)?;
    if new == text { Ok(()) } else { file::replace(&path, &new, None) }
}

fn set(text: &str, name: &str, number: u32) -> Result<String, Error> {
    let mut document: DocumentMut =
        text.parse().map_err(|e| Error::failed(say!(words(), "config-not-toml")).caused_by(e))?;
    let mut found = false;
    for group in document.get_mut("groups").map(tables).unwrap_or_default() {
        if is_called(group, name) {
            put(group, number);
            found = true;
            break;
        }
        let endpoint = group.get_mut("endpoints").map(tables).unwrap_or_default();
        if let Some(endpoint) = endpoint.into_iter().find(|endpoint| is_called(*endpoint, name)) {
            put(endpoint, number);
            found = true;
            break;
        }
    }
    if found {
        Ok(document.to_string())
    } else {
        Err(Error::failed(say!(words(), "config-names-no", name = name)))
    }
}

/// The tables of a list of either form.
fn tables(item: &mut Item) -> Vec<&mut dyn TableLike> {
    match item {
        Item::ArrayOfTables(list) => list.iter_mut().map(|t| t as &mut dyn TableLike).collect(),
        Item::Value(Value::Array(list)) => {
            let inline = list.iter_mut().filter_map(Value::as_inline_table_mut);
            inline.map(|t| t as &mut dyn TableLike).collect()
        }
        _ => Vec::new(),
    }
}

fn is_called(table: &dyn TableLike, name: &str) -> bool {
    table.get("name").and_then(Item::as_str) == Some(name)
}

fn put(table: &mut dyn TableLike, number: u32) {
    let mut value = Value::from(i64::from(number));
    if let Some(old) = table.get_mut("priority").and_then(Item::as_value_mut) {
        *value.decor_mut() = old.decor().clone();
        *old = value;
        return;
    }
    // In braces, what stands before the closing one belongs to the last value: it is to stand after the new one.
    let inline = table.iter().all(|(_, item)| item.is_value());
    let last = table.iter().last().map(|(key, _)| key.to_owned());
    if let Some(last) = last.and_then(|key| table.get_mut(&key)).and_then(Item::as_value_mut)
        && inline
        && let Some(space) = last.decor().suffix().cloned()
        && space.as_str() == Some(" ")
    {
        last.decor_mut().set_suffix("");
        value.decor_mut().set_prefix(" ");
        value.decor_mut().set_suffix(space);
    }
    table.insert("priority", Item::Value(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"# my gateway
[server]
port = 8080 # the usual one

[[groups]]          # the first
name = "main"
priority = 1        # what I pay for
endpoints = [
    # near
    { url = "https://a.example", name = "a" },
    { url = "https://b.example", name = "b", priority = 7 }, # far
]

[[groups]]
name = "spare"
# no number yet

[[groups.endpoints]]
url = "https://c.example"   # c
name = "c"

[log]
level = "info"
"#;

    /// Lines that went and lines that came.
    fn changed(name: &str, number: u32) -> Vec<String> {
        let new = set(CONFIG, name, number).unwrap();
        let gone = CONFIG.lines().filter(|l| !new.lines().any(|n| n == *l)).map(|l| format!("-{l}"));
        let come = new.lines().filter(|l| !CONFIG.lines().any(|o| o == *l)).map(|l| format!("+{l}"));
        gone.chain(come).collect()
    }

    #[test]
    fn a_number_that_stands_there_is_replaced_where_it_stands() {
        let main = changed("main", 3);
        assert_eq!(main, ["-priority = 1        # what I pay for", "+priority = 3        # what I pay for"]);
        let b = changed("b", 2);
        assert_eq!(
            b,
            [
                "-    { url = \"https://b.example\", name = \"b\", priority = 7 }, # far",
                "+    { url = \"https://b.example\", name = \"b\", priority = 2 }, # far"
            ]
        );
    }

    #[test]
    fn a_number_that_is_not_there_comes_last() {
        assert_eq!(
            changed("a", 9),
            [
                "-    { url = \"https://a.example\", name = \"a\" },",
                "+    { url = \"https://a.example\", name = \"a\", priority = 9 },"
            ]
        );
        assert_eq!(changed("spare", 9), ["+priority = 9"]);
        assert_eq!(changed("c", 9), ["+priority = 9"]);
    }

    #[test]
    fn what_was_written_is_read_back_and_the_rest_means_what_it_meant() {
        for name in ["main", "a", "b", "spare", "c"] {
            let new = set(CONFIG, name, 42).unwrap();
            assert_eq!(set(&new, name, 42).unwrap(), new);
            let mut parsed: DocumentMut = new.parse().unwrap();
            let mut numbers = 0;
            for group in tables(parsed.get_mut("groups").unwrap()) {
                numbers += usize::from(group.get("priority").and_then(Item::as_integer) == Some(42));
                for endpoint in group.get_mut("endpoints").map(tables).unwrap_or_default() {
                    numbers += usize::from(endpoint.get("priority").and_then(Item::as_integer) == Some(42));
                }
            }
            assert_eq!(numbers, 1, "{name}: {new}");
        }
        assert!(set(CONFIG, "nobody", 1).is_err());
        assert!(set("groups = [", "main", 1).is_err());
    }
}
