//! Names of tools, ids of calls and names of users that an endpoint would refuse.
//!
//! Vendors take letters, digits, `_` and `-` in a tool's name, up to 64 or 128 of them; names of MCP tools are longer. What
//! does not fit is replaced by as much of it as fits and a fingerprint of all of it: the same in every turn, so that
//! prompt caches hold. Names in answers are put back; an id is the client's own affair, since only its own
//! history repeats it. So is a user: agents write an object of several hundred bytes there, which holds more of the person
//! than another vendor needs, and more than OpenAI takes (64).

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use crate::form::{Choice, Part, Request, Text, Tool, ToolResult};
use crate::quirks::{CallId, Quirks};

/// Longest name of a user that is passed on as it is.
const LONGEST_USER: usize = 64;
/// Fewest characters that a name is shortened to.
const SHORTEST_NAME: usize = 16;

/// The names that were replaced: what the endpoint was told, and what the client calls it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// Makes the names and ids in `request` fit.
    pub(super) fn fit(request: &mut Request<'_>, quirks: &Quirks) -> Self {
        let most = quirks.tool_name.max(SHORTEST_NAME);
        let mut there = BTreeSet::new();
        each_name(request, &mut |name| {
            there.insert(name.clone().into_owned());
        });
        let mut fitted = BTreeMap::new();
        let mut back = BTreeMap::new();
        for name in there.iter().filter(|name| !fits(name, most)) {
            let taken = |new: &String| there.contains(new) || back.contains_key(new);
            let Some(new) = (0..u64::MAX).map(|salt| shortened(name, most, salt)).find(|n| !taken(n)) else {
                continue;
            };
            back.insert(new.clone(), name.clone());
            fitted.insert(name.clone(), new);
        }
        if !fitted.is_empty() {
            each_name(request, &mut |name| {
                if let Some(new) = fitted.get(name.as_ref()) {
                    *name = Text::Owned(new.clone());
                }
            });
        }
        if let Some(user) = &mut request.user
            && user.len() > LONGEST_USER
        {
            *user = Text::Owned(format!("{:016x}{:016x}", fingerprint(user, 0), fingerprint(user, 1)));
        }
        each_id(request, &mut |id| {
            if let Some(new) = fitting_id(id, quirks.call_id) {
                *id = Text::Owned(new);
            }
        });
        Self(back)
    }

    /// The client's name for what the endpoint calls `name`, where it is another.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

fn each_name<'a>(request: &mut Request<'a>, each: &mut dyn FnMut(&mut Text<'a>)) {
    for tool in &mut request.tools {
        match tool {
            Tool::Function { name, .. } | Tool::Free { name, .. } => each(name),
            // The vendor's own names fit.
            Tool::Vendor { .. } => {}
        }
    }
    if let Some(Choice::Tool(name)) = &mut request.choice {
        each(name);
    }
    for part in request.turns.iter_mut().flat_map(|turn| &mut turn.parts) {
        if let Part::Call { name, .. } = part {
            each(name);
        }
    }
}

fn each_id<'a>(request: &mut Request<'a>, each: &mut dyn FnMut(&mut Text<'a>)) {
    for part in request.turns.iter_mut().flat_map(|turn| &mut turn.parts) {
        if let Part::Call { id, .. } | Part::Result(ToolResult { id, .. }) = part {
            each(id);
        }
    }
}

fn fits(name: &str, most: usize) -> bool {
    (1..=most).contains(&name.len()) && name.bytes().all(is_plain)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The beginning of `text`, what does not fit as `_`, and a fingerprint of all of it.
fn shortened(text: &str, most: usize, salt: u64) -> String {
    let head = text.chars().map(|c| if u8::try_from(c).is_ok_and(is_plain) { c } else { '_' });
    let fingerprint = fingerprint(text, salt) & 0xffff_ffff;
    head.take(most - 9).chain(format!("_{fingerprint:08x}").chars()).collect()
}

/// `id`, if the endpoint would not take it, as one that it takes.
fn fitting_id(id: &str, takes: CallId) -> Option<String> {
    match takes {
        CallId::Any => None,
        CallId::UpTo(most) => (id.len() > most).then(|| shortened(id, most.max(SHORTEST_NAME), 0)),
        CallId::Exactly(length) => {
            let fits = id.len() == length && id.bytes().all(|b| b.is_ascii_alphanumeric());
            (!fits).then(|| digits(id, length))
        }
    }
}

/// As many letters and digits as wanted, the same for the same text.
fn digits(text: &str, length: usize) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut left = 0;
    (0..length)
        .map(|place| {
            if place % 12 == 0 {
                left = fingerprint(text, place as u64);
            }
            let digit = DIGITS[usize::try_from(left % 36).unwrap_or_default()];
            left /= 36;
            char::from(digit)
        })
        .collect()
}

fn fingerprint(text: &str, salt: u64) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0, salt);
    hasher.write(text.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Role, Turn};

    const LONG: &str = "mcp__a_server_with_a_long_name__a_tool_with_a_name_that_is_much_too_long_for_it";

    fn tool(name: &'static str) -> Tool<'static> {
        let (description, strict, cache) = (None, None, None);
        Tool::Function { name: name.into(), description, schema: "{}".into(), strict, cache }
    }

    fn call(id: &'static str, name: &'static str) -> Part<'static> {
        Part::Call { id: id.into(), name: name.into(), input: "{}".into() }
    }

    fn asking(tools: &[&'static str], parts: Vec<Part<'static>>) -> Request<'static> {
        Request {
            tools: tools.iter().map(|name| tool(name)).collect(),
            turns: vec![Turn { role: Role::Assistant, parts, name: None }],
            ..Request::default()
        }
    }

    fn name_of(tool: &Tool<'_>) -> String {
        match tool {
            Tool::Function { name, .. } | Tool::Free { name, .. } => name.clone().into_owned(),
            Tool::Vendor { .. } => String::new(),
        }
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let mut request = asking(&["Read", "mcp__x__y-z"], vec![call("toolu_01-a", "Read")]);
        let before = request.clone();
        assert_eq!(Names::fit(&mut request, &Quirks::default()), Names::default());
        assert_eq!(request, before);
    }

    #[test]
    fn a_long_name_is_the_same_short_one_everywhere_and_comes_back() {
        let mut request = asking(&[LONG, "Read"], vec![call("a", LONG), call("b", "Read")]);
        request.choice = Some(Choice::Tool(LONG.into()));
        let names = Names::fit(&mut request, &Quirks::default());
        let short = name_of(&request.tools[0]);
        assert!(fits(&short, 64) && short.starts_with("mcp__a_server"), "{short}");
        assert_eq!(request.choice, Some(Choice::Tool(short.clone().into())));
        let Part::Call { name, .. } = &request.turns[0].parts[0] else { panic!("a call") };
        assert_eq!(*name, short);
        assert_eq!((names.given(&short), names.given("Read")), (Some(LONG), None));
        // In a turn in which other tools are offered it is called the same.
        let mut later = asking(&["Write", LONG, "é"], vec![]);
        Names::fit(&mut later, &Quirks::default());
        assert_eq!(name_of(&later.tools[1]), short);
    }

    #[test]
    fn different_names_stay_different_and_other_characters_go() {
        let names = ["a.b", "a:b", "a b", "", "a_b"];
        let mut request = asking(&names, vec![]);
        let back = Names::fit(&mut request, &Quirks::default());
        let sent: BTreeSet<String> = request.tools.iter().map(name_of).collect();
        assert!(sent.len() == names.len() && sent.iter().all(|name| fits(name, 64)), "{sent:?}");
        for (tool, name) in request.tools.iter().map(name_of).zip(names) {
            assert_eq!(back.given(&tool).unwrap_or(&tool), name);
        }
    }

    #[test]
    fn a_name_that_the_client_uses_itself_is_not_given_to_another() {
        let taken: &'static str = shortened("a.b", 64, 0).leak();
        let mut request = asking(&["a.b", taken], vec![]);
        let back = Names::fit(&mut request, &Quirks::default());
        assert_eq!(name_of(&request.tools[1]), taken);
        assert_eq!(back.given(&name_of(&request.tools[0])), Some("a.b"));
        assert_eq!(back.given(taken), None);
    }

    #[test]
    fn a_user_is_told_by_what_fits() {
        let user = |given: &str| {
            let mut request = Request { user: Some(given.to_owned().into()), ..Request::default() };
            Names::fit(&mut request, &Quirks::default());
            request.user.expect("a user").into_owned()
        };
        assert_eq!(user("ada"), "ada");
        let agents = r#"{"device_id":"0123456789","account_uuid":"","session_id":"5fcd2839-46ff-43ca-9110-12bc4ee07590"}"#;
        let told = user(agents);
        assert!(
            told.len() == 32 && told == user(agents) && told != user(&agents.replace("01", "02")),
            "{told}"
        );
    }

    #[test]
    fn an_id_fits_the_same_in_a_call_and_in_its_result() {
        let long: &'static str = "toolu_".repeat(9).leak();
        for (takes, id, fits) in [
            (CallId::Any, "functions.Read:0", None),
            (CallId::UpTo(40), "functions.Read:0", None),
            (CallId::UpTo(40), long, Some(40)),
            (CallId::Exactly(9), "toolu_01", Some(9)),
            (CallId::Exactly(9), "aBcD12345", None),
        ] {
            let result = Part::Result(ToolResult { id: id.into(), ..ToolResult::default() });
            let mut request = asking(&[], vec![call(id, "Read"), result]);
            Names::fit(&mut request, &Quirks { call_id: takes, ..Quirks::default() });
            let parts = &request.turns[0].parts;
            let (Part::Call { id: call, .. }, Part::Result(result)) = (&parts[0], &parts[1]) else {
                panic!("{parts:?}")
            };
            assert_eq!(*call, result.id);
            assert_eq!((call != id).then_some(call.len()), fits, "{takes:?} {call}");
        }
    }
}
