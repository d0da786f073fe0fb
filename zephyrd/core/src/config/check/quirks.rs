//! `profile` and `quirks` of a group or endpoint.

use super::super::quirks::Quirks;
use super::super::raw::{At, Layers, Table};
use super::super::vocabulary::section;
use super::Check;

const LEVELS: [&str; 6] = ["minimal", "low", "medium", "high", "xhigh", "max"];
/// Without these a request is none.
const NEEDED: [&str; 4] = ["model", "messages", "input", "stream"];

impl Check<'_> {
    /// What the endpoint's table says goes before what its group's says, key by key.
    pub(super) fn quirks(&mut self, endpoint: &Table, group: &Table) -> Quirks {
        let both = Layers::new([endpoint, group], section("endpoints"));
        let tables = [endpoint, group].into_iter().filter_map(|table| table.table("quirks"));
        let layers = Layers::new(tables, section("quirks"));
        let texts = |key: &str| -> Option<Vec<(At, String)>> { layers.node(key).map(|_| layers.texts(key)) };
        let (without, levels) = (texts("without"), texts("levels"));
        self.members(&layers, without.as_deref().unwrap_or_default());
        for (at, level) in levels.iter().flatten().filter(|(_, level)| !LEVELS.contains(&level.as_str())) {
            let hint = Some(format!("one of `{}`", LEVELS.join("`, `")));
            self.report.error(at, format!("unknown level `{}`", shown(level)), hint);
        }
        let bare = |texts: Option<Vec<(At, String)>>| -> Option<Vec<String>> {
            texts.map(|texts| texts.into_iter().map(|(_, text)| text).collect())
        };
        Quirks {
            profile: both.text("profile"),
            without: bare(without),
            without_betas: bare(texts("without_betas")),
            with: layers.values("with"),
            thinking_field: layers.text("thinking_field"),
            effort_field: layers.text("effort_field"),
            levels: bare(levels),
            token_field: layers.text("token_field"),
            max_tokens: layers.integer("max_tokens"),
            max_tool_name: layers.integer("max_tool_name"),
            call_id_length: layers.integer("call_id_length"),
            system_first: layers.maybe_flag("system_first"),
            developer: layers.maybe_flag("developer"),
            alternate: layers.maybe_flag("alternate"),
            stream_options: layers.maybe_flag("stream_options"),
            media_in_results: layers.maybe_flag("media_in_results"),
            cache_control: layers.maybe_flag("cache_control"),
            forms: layers.text("forms"),
        }
    }

    /// Members that are left out must be ones that can be, and are not added as well.
    fn members(&mut self, layers: &Layers<'_>, without: &[(At, String)]) {
        let with = layers.values("with").unwrap_or_default();
        for (at, name) in without {
            if NEEDED.contains(&name.as_str()) {
                let hint = Some("take it out of `without`".to_owned());
                self.report.error(at, format!("no request goes without `{name}`"), hint);
            } else if with.contains_key(name) {
                let message = format!("`{}` is both in `without` and in `with`", shown(name));
                self.report.error(at, message, Some("keep it in one of them".to_owned()));
            }
        }
        let needed = |name: &&&str| with.contains_key(**name);
        if let (Some(name), Some(at)) = (NEEDED.iter().find(needed), layers.at("with")) {
            let hint = Some("every request has one of its own".to_owned());
            self.report.error(at, format!("`with` cannot set `{name}`"), hint);
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().take(40).map(|c| if c.is_control() { '?' } else { c }).collect()
}
