//! `quirks` of an endpoint as TOML again.

use super::super::check::quote;
use super::super::quirks::Quirks;
use super::{Out, texts};

pub(super) fn quirks(out: &mut Out, quirks: &Quirks) {
    out.table("[groups.endpoints.quirks]");
    let mut maybe = |name: &str, value: Option<String>| out.maybe("quirks", name, value);
    let list = |items: &Option<Vec<String>>| items.as_ref().map(|items| texts(items.iter().cloned()));
    let text = |value: &Option<String>| value.as_deref().map(quote);
    let number = |value: Option<u32>| value.map(|n| n.to_string());
    let flag = |value: Option<bool>| value.map(|f| f.to_string());
    maybe("without", list(&quirks.without));
    maybe("without_betas", list(&quirks.without_betas));
    maybe("with", quirks.with.as_ref().map(|with| toml::Value::Table(with.clone()).to_string()));
    maybe("thinking_field", text(&quirks.thinking_field));
    maybe("effort_field", text(&quirks.effort_field));
    maybe("levels", list(&quirks.levels));
    maybe("token_field", text(&quirks.token_field));
    maybe("max_tokens", number(quirks.max_tokens));
    maybe("max_tool_name", number(quirks.max_tool_name));
    maybe("call_id_length", number(quirks.call_id_length));
    maybe("system_first", flag(quirks.system_first));
    maybe("developer", flag(quirks.developer));
    maybe("alternate", flag(quirks.alternate));
    maybe("stream_options", flag(quirks.stream_options));
    maybe("media_in_results", flag(quirks.media_in_results));
    maybe("cache_control", flag(quirks.cache_control));
    maybe("forms", text(&quirks.forms));
}
