//! How an endpoint is authenticated.

use super::super::plan::{Auth, Credential, Scheme};
use super::super::raw::{At, Node, Table, Value};
use super::Check;
use super::headers::is_header_name;
use super::secret::{quote, shown_name};

/// An endpoint's authentication and how it is written, without secrets.
pub(super) struct Authentication {
    pub(super) auth: Auth,
    /// Whether the credential is ours, also where it was not looked up.
    pub(super) own: bool,
    pub(super) form: String,
}

impl Check<'_> {
    /// What `endpoint` says, else what `group` says. `None` = a problem was reported, or it is not in use.
    pub(super) fn auth(
        &mut self,
        endpoint: &Table,
        group: &Table,
        group_at: &At,
        group_name: &str,
        in_use: bool,
    ) -> Option<Authentication> {
        if has_auth(endpoint) {
            return self.auth_in(endpoint, in_use);
        }
        if has_auth(group) {
            return self.auth_in(group, in_use);
        }
        let message = format!("nothing says how the endpoints of group `{group_name}` are authenticated");
        let hint =
            "set `auth_token_env = \"VARIABLE\"`, or `auth = \"passthrough\"` for the client's own login";
        self.report.error(group_at, message, Some(hint.to_owned()));
        None
    }

    /// What `table` itself says.
    pub(super) fn auth_in(&mut self, table: &Table, in_use: bool) -> Option<Authentication> {
        match (table.get("auth"), table.entry("auth_token_env")) {
            (Some(_), Some(entry)) => {
                let hint = Some("leave one of them out".to_owned());
                let message = "`auth` and `auth_token_env` say the same thing twice";
                self.report.error(&entry.key_at, message, hint);
                None
            }
            (Some(node), None) => self.auth_value(node, in_use),
            (None, Some(entry)) => self.token_env(&entry.node, in_use),
            (None, None) => None,
        }
    }

    fn token_env(&mut self, node: &Node, in_use: bool) -> Option<Authentication> {
        let variable = node.text()?;
        let form = format!("{{ bearer = {{ env = {} }} }}", quote(&shown_name(variable)));
        let value = self.variable(&node.at, variable, in_use);
        let value = value.and_then(|v| self.good("auth_token_env", &node.at, &v, in_use));
        Some(key(Scheme::Bearer, value, form))
    }

    fn auth_value(&mut self, node: &Node, in_use: bool) -> Option<Authentication> {
        let table = match &node.value {
            Value::Text(text) if text == "passthrough" => {
                return Some(Authentication { auth: Auth::Passthrough, own: false, form: quote(text) });
            }
            Value::Text(text) if text == "none" => {
                return Some(Authentication { auth: Auth::None, own: false, form: quote(text) });
            }
            Value::Table(table) => table,
            _ => return None,
        };
        let known: Vec<&str> =
            ["bearer", "x_api_key", "header"].into_iter().filter(|k| table.get(k).is_some()).collect();
        let [kind] = known[..] else {
            let message = "`auth` needs exactly one of `bearer`, `x_api_key` and `header`";
            self.report.error(&node.at, message, None);
            return None;
        };
        if kind == "header" {
            return self.header(table.table("header")?, &table.get("header")?.at, in_use);
        }
        let found = self.secret(kind, table.get(kind)?, in_use)?;
        let scheme = if kind == "bearer" { Scheme::Bearer } else { Scheme::XApiKey };
        Some(key(scheme, found.value, format!("{{ {kind} = {} }}", found.form)))
    }

    fn header(&mut self, table: &Table, at: &At, in_use: bool) -> Option<Authentication> {
        let (Some(name), Some(value)) = (table.get("name"), table.get("value")) else {
            self.report.error(at, "`header` needs `name` and `value`", None);
            return None;
        };
        let text = name.text()?.to_ascii_lowercase();
        if !is_header_name(&text) || super::headers::is_framing(&text) {
            self.report.error(&name.at, "this header cannot carry a credential", None);
            return None;
        }
        let found = self.secret("value", value, in_use)?;
        let form = format!("{{ header = {{ name = {}, value = {} }} }}", quote(&text), found.form);
        let scheme = match text.as_str() {
            "x-api-key" => Scheme::XApiKey,
            _ => Scheme::Header(text),
        };
        Some(key(scheme, found.value, form))
    }
}

fn has_auth(table: &Table) -> bool {
    table.get("auth").is_some() || table.get("auth_token_env").is_some()
}

fn key(scheme: Scheme, value: Option<super::super::plan::CredentialValue>, form: String) -> Authentication {
    // Without a value it is not in use, or a problem says why there is no plan.
    let auth = value.map_or(Auth::None, |value| Auth::Key(Credential { scheme, value }));
    Authentication { auth, own: true, form }
}
