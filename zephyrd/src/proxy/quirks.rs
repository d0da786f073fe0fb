//! What the config and a server's profile say together of an endpoint's quirks.
//!
//! Config and wire do not know each other: here is where their words meet, and a test holds them together.

use zephyr_core::config::{self, Endpoint};
use zephyr_wire::dialect::Dialect;
use zephyr_wire::form::Level;
use zephyr_wire::quirks::{CallId, EffortField, Forms, Profile, Quirks, ThinkingField};

/// The quirks of an endpoint that speaks `dialect`.
#[must_use]
pub(crate) fn quirks(endpoint: &Endpoint, dialect: &dyn Dialect) -> Quirks {
    let said = &endpoint.quirks;
    let profile = match &said.profile {
        Some(name) => Profile::named(name),
        None => Profile::at(&endpoint.url.host, endpoint.url.port),
    };
    let mut quirks = profile.quirks(dialect);
    lists(&mut quirks, said);
    choices(&mut quirks, said);
    set(&mut quirks.system_first, said.system_first);
    set(&mut quirks.developer, said.developer);
    set(&mut quirks.alternate, said.alternate);
    set(&mut quirks.media_in_results, said.media_in_results);
    set(&mut quirks.cache_control, said.cache_control);
    set(&mut quirks.tool_name, said.max_tool_name.map(|n| n as usize));
    quirks.max_tokens = said.max_tokens.map(u64::from).or(quirks.max_tokens);
    set(&mut quirks.call_id, said.call_id_length.map(|n| CallId::Exactly(n as usize)));
    if let Some(stream_options) = said.stream_options {
        quirks.stream_options = stream_options;
        quirks.without.retain(|member| member != "stream_options");
    }
    quirks
}

fn lists(quirks: &mut Quirks, said: &config::Quirks) {
    set(&mut quirks.without, said.without.clone());
    set(&mut quirks.without_betas, said.without_betas.clone());
    let level = |name: &String| Level::of(name);
    set(&mut quirks.levels, said.levels.as_ref().map(|names| names.iter().filter_map(level).collect()));
    let with = said.with.as_ref().map(|with| {
        let json = |value| serde_json::to_string(value).ok();
        with.iter().filter_map(|(name, value)| Some((name.clone(), json(value)?))).collect()
    });
    set(&mut quirks.with, with);
}

fn choices(quirks: &mut Quirks, said: &config::Quirks) {
    set(&mut quirks.thinking_field, named(&ThinkingField::NAMES, said.thinking_field.as_deref()));
    set(&mut quirks.effort_field, named(&EffortField::NAMES, said.effort_field.as_deref()));
    set(&mut quirks.forms, named(&Forms::NAMES, said.forms.as_deref()));
    let token_field = said.token_field.as_deref();
    set(&mut quirks.max_completion_tokens, token_field.map(|field| field == "max_completion_tokens"));
}

fn set<T>(to: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *to = value;
    }
}

fn named<T: Copy>(names: &[(&str, T)], name: Option<&str>) -> Option<T> {
    let name = name?;
    names.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use zephyr_core::config::{Kind, vocabulary};
    use zephyr_wire::dialect::OPENAI_CHAT;
    use zephyr_wire::quirks::PROFILES;

    use super::*;
    use crate::fixtures::endpoint;

    fn choices_of(section: &str, key: &str) -> Vec<&'static str> {
        let section = vocabulary().iter().find(|s| s.name == section).expect("a section");
        match section.key(key).expect("a key").kind {
            Kind::Choice(names) => names.to_vec(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_configs_names_are_the_wires() {
        assert_eq!(choices_of("endpoints", "profile"), PROFILES.map(|p| p.name));
        assert_eq!(choices_of("quirks", "thinking_field"), ThinkingField::NAMES.map(|(name, _)| name));
        assert_eq!(choices_of("quirks", "effort_field"), EffortField::NAMES.map(|(name, _)| name));
        assert_eq!(choices_of("quirks", "forms"), Forms::NAMES.map(|(name, _)| name));
        for level in Level::ALL {
            let doc = vocabulary().iter().find(|s| s.name == "quirks").and_then(|s| s.key("levels"));
            assert!(doc.expect("a key").doc.contains(level.name()));
        }
    }

    #[test]
    fn the_host_gives_the_profile_unless_one_is_named() {
        let mut endpoint = endpoint("a");
        assert_eq!(quirks(&endpoint, OPENAI_CHAT), Quirks::default());
        endpoint.url.host = "openrouter.ai".to_owned();
        assert_eq!(quirks(&endpoint, OPENAI_CHAT).thinking_field, ThinkingField::Details);
        endpoint.quirks.profile = Some("generic".to_owned());
        assert_eq!(quirks(&endpoint, OPENAI_CHAT), Quirks::default());
    }

    #[test]
    fn what_the_config_says_goes_before_the_profile_and_the_rest_stays() {
        let mut endpoint = endpoint("a");
        endpoint.quirks = config::Quirks {
            profile: Some("mistral".to_owned()),
            without: Some(vec!["seed".to_owned()]),
            with: Some("top_k = 20\ndeep = { a = [1.5, true] }".parse().expect("TOML")),
            thinking_field: Some("content".to_owned()),
            levels: Some(vec!["low".to_owned()]),
            token_field: Some("max_completion_tokens".to_owned()),
            max_tokens: Some(9),
            stream_options: Some(true),
            forms: Some("streams".to_owned()),
            ..config::Quirks::default()
        };
        let quirks = quirks(&endpoint, OPENAI_CHAT);
        assert_eq!(quirks.call_id, CallId::Exactly(9), "as the profile says");
        assert_eq!(quirks.without, ["seed"]);
        let json = |name: &str| quirks.with.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        assert_eq!((json("top_k"), json("deep")), (Some("20"), Some(r#"{"a":[1.5,true]}"#)));
        assert_eq!((quirks.thinking_field, quirks.forms), (ThinkingField::Content, Forms::Streams));
        assert_eq!(quirks.levels, [Level::Low]);
        assert_eq!(
            (quirks.max_tokens, quirks.max_completion_tokens, quirks.stream_options),
            (Some(9), true, true)
        );
    }
}
