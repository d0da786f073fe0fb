//! Changes to the top-level members of a JSON body that leave every other byte as it was.
//!
//! Vendors give meaning to the order of members and sign what stands in them, so a body of the endpoint's own dialect is
//! never taken apart and written anew. Lenient like [`crate::peek`]: what is no object to its end is not changed.

use std::borrow::Cow;
use std::ops::Range;

use crate::peek::{members, text};

/// Where one member stands: its name, all of it, its value.
struct Place<'a> {
    name: Cow<'a, str>,
    all: Range<usize>,
    value: Range<usize>,
}

/// The body without the top-level members for which `gone` says so; `None` if there are none, or the body is no object.
#[must_use]
pub fn without(body: &[u8], gone: impl Fn(&str) -> bool) -> Option<Vec<u8>> {
    let places = places(body)?;
    let kept: Vec<usize> = (0..places.len()).filter(|n| !gone(&places[*n].name)).collect();
    if kept.len() == places.len() {
        return None;
    }
    let (first, last) = (places.first()?, places.last()?);
    let mut out = Vec::with_capacity(body.len());
    out.extend_from_slice(&body[..first.all.start]);
    for (place, &n) in kept.iter().enumerate() {
        // With the comma and the space before it, but for the first.
        let from = if place == 0 { places[n].all.start } else { places[n - 1].all.end };
        out.extend_from_slice(&body[from..places[n].all.end]);
    }
    out.extend_from_slice(&body[last.all.end..]);
    Some(out)
}

/// The body in which the top-level member `name` has this value (JSON text), in its place or at the end. `None` if the
/// body is no object.
#[must_use]
pub fn with(body: &[u8], name: &str, value: &str) -> Option<Vec<u8>> {
    let places = places(body)?;
    let mut out = Vec::with_capacity(body.len() + name.len() + value.len() + 4);
    let mut from = 0;
    for place in places.iter().filter(|place| place.name == name) {
        out.extend_from_slice(&body[from..place.value.start]);
        out.extend_from_slice(value.as_bytes());
        from = place.value.end;
    }
    if from == 0 {
        from = body.iter().rposition(|b| *b == b'}')?;
        from = places.last().map_or(from, |last| last.all.end);
        out.extend_from_slice(&body[..from]);
        if !places.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(crate::whole::json::quoted(name).as_bytes());
        out.push(b':');
        out.extend_from_slice(value.as_bytes());
    }
    out.extend_from_slice(&body[from..]);
    Some(out)
}

/// The body in which the top-level member `from` is called `to`; `None` if there is none, or already one called `to`.
#[must_use]
pub fn renamed(body: &[u8], from: &str, to: &str) -> Option<Vec<u8>> {
    let places = places(body)?;
    let place = places.iter().find(|place| place.name == from)?;
    if places.iter().any(|place| place.name == to) {
        return None;
    }
    let end = place.all.start + body[place.all.start..].iter().position(|b| *b == b':')?;
    let mut out = Vec::with_capacity(body.len() + to.len());
    out.extend_from_slice(&body[..place.all.start]);
    out.extend_from_slice(crate::whole::json::quoted(to).as_bytes());
    out.extend_from_slice(&body[end..]);
    Some(out)
}

/// The text of the top-level member `name`; the last of repeated ones.
#[must_use]
pub fn member<'a>(body: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let place = places(body)?.into_iter().rfind(|place| place.name == name)?;
    Some(&body[place.value])
}

fn places(body: &[u8]) -> Option<Vec<Place<'_>>> {
    let at = |part: &[u8]| part.as_ptr().addr() - body.as_ptr().addr();
    let mut places = Vec::with_capacity(16);
    members(body, |key, value| {
        // With its quotes.
        let quoted = at(key) - 1..at(key) + key.len() + 1;
        let value = at(value)..at(value) + value.len();
        let name = text(&body[quoted.clone()]).unwrap_or_default();
        places.push(Place { name, all: quoted.start..value.end, value });
    })?;
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(body: &str, gone: &[&str]) -> Option<String> {
        without(body.as_bytes(), |name| gone.contains(&name)).map(|out| String::from_utf8(out).expect("text"))
    }

    fn set(body: &str, name: &str, value: &str) -> Option<String> {
        with(body.as_bytes(), name, value).map(|out| String::from_utf8(out).expect("text"))
    }

    #[test]
    fn a_member_goes_and_every_other_byte_stays() {
        for (body, gone, left) in [
            (r#"{"a":1,"b":2,"c":3}"#, &["b"][..], r#"{"a":1,"c":3}"#),
            (r#"{"a":1,"b":2,"c":3}"#, &["a"], r#"{"b":2,"c":3}"#),
            (r#"{"a":1,"b":2,"c":3}"#, &["c"], r#"{"a":1,"b":2}"#),
            (r#"{"a":1,"b":2,"c":3}"#, &["a", "b"], r#"{"c":3}"#),
            (r#"{"a":1,"b":2,"c":3}"#, &["b", "c"], r#"{"a":1}"#),
            (
                " { \"a\" : 1 ,\n \"b\" : [2, {\"a\":3}] , \"c\":3 } ",
                &["a"],
                " { \"b\" : [2, {\"a\":3}] , \"c\":3 } ",
            ),
            (r#"{"a":{"b":1},"b":2,"b":3}"#, &["b"], r#"{"a":{"b":1}}"#),
            (r#"{"\u0061":1,"b":2}"#, &["a"], r#"{"b":2}"#),
            (r#"{ "a":1 }"#, &["a"], "{  }"),
        ] {
            assert_eq!(cut(body, gone).as_deref(), Some(left), "{body}");
        }
        for body in [r#"{"a":1}"#, "{}", "[]", r#"{"b":1"#, "", r#"{"b":1} x"#] {
            assert_eq!(cut(body, &["b"]), None, "{body}");
        }
    }

    #[test]
    fn a_member_is_set_in_its_place_or_at_the_end() {
        for (body, want) in [
            (r#"{"s": false ,"a":1}"#, r#"{"s": true ,"a":1}"#),
            (r#"{"a":1}"#, r#"{"a":1,"s":true}"#),
            ("{}", r#"{"s":true}"#),
            ("{ \"a\": {} \n}\n", "{ \"a\": {},\"s\":true \n}\n"),
            (r#"{"s":1,"s":2}"#, r#"{"s":true,"s":true}"#),
        ] {
            assert_eq!(set(body, "s", "true").as_deref(), Some(want));
        }
        assert_eq!(set("[]", "s", "true"), None);
    }

    #[test]
    fn a_member_is_renamed_in_its_place() {
        let renamed = |body: &str| renamed(body.as_bytes(), "max_tokens", "limit").map(String::from_utf8);
        assert_eq!(renamed(r#"{"a":1,"max_tokens" : 5}"#), Some(Ok(r#"{"a":1,"limit": 5}"#.to_owned())));
        assert_eq!(renamed(r#"{"max_tokens":5,"limit":6}"#), None);
        assert_eq!(renamed(r#"{"a":{"max_tokens":5}}"#), None);
    }

    proptest! {
        #[test]
        fn what_is_left_is_what_a_parser_would_leave(keys in proptest::collection::vec("[a-e]", 0..7), gone in "[a-e]") {
            let members: Vec<String> = keys.iter().enumerate().map(|(n, k)| format!(" \"{k}\" : {n}")).collect();
            let body = format!("{{{}}}", members.join(" ,"));
            let left = cut(&body, &[&gone]).unwrap_or_else(|| body.clone());
            let mut want: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&body).expect("sound");
            want.remove(&gone);
            prop_assert_eq!(serde_json::from_str::<serde_json::Map<_, _>>(&left).expect("sound"), want);
        }

        #[test]
        fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = (without(&body, |_| true), with(&body, "a", "1"), member(&body, "a"));
        }
    }
}
