//! `[[clients]]`.

use std::collections::BTreeMap;

use super::super::plan::{Client, CredentialValue};
use super::super::raw::{At, Layers, Table};
use super::super::vocabulary::section;
use super::Check;

/// Shortest token, in characters.
const SHORTEST: usize = 16;
/// Most clients.
const MOST: usize = 1024;

impl Check<'_> {
    /// The clients, and how each token is written.
    pub(super) fn clients(&mut self, table: &Table) -> (Vec<Client>, Vec<String>) {
        let tables = table.tables("clients");
        if tables.len() > MOST {
            self.report.whole(format!("more than {MOST} clients"), None);
            return (Vec::new(), Vec::new());
        }
        let mut names: BTreeMap<String, At> = BTreeMap::new();
        let mut out: Vec<(Client, At)> = Vec::new();
        let mut forms = Vec::new();
        for (at, table) in tables {
            let Some((client, token_at, form)) = self.client(at, table) else { continue };
            if let Some(first) = names.insert(client.name.clone(), at.clone()) {
                let message = format!(
                    "a second client is called `{}` (the first: {})",
                    client.name,
                    self.report.place(&first)
                );
                self.report.error(at, message, None);
            }
            if let Some((twin, first)) = out.iter().find(|(c, _)| c.token == client.token) {
                let (twin, first) = (twin.name.clone(), self.report.place(first));
                let message = format!("client `{}` has the same token as `{twin}` ({first})", client.name);
                self.report.error(&token_at, message, Some("give each its own".to_owned()));
            }
            out.push((client, token_at));
            forms.push(form);
        }
        (out.into_iter().map(|(c, _)| c).collect(), forms)
    }

    fn client(&mut self, at: &At, table: &Table) -> Option<(Client, At, String)> {
        let layers = Layers::new([table], section("clients"));
        let name = layers.text("name");
        if name.is_none() && table.get("name").is_none() {
            self.report.error(at, "this client has no `name`", None);
        }
        if name.as_ref().is_some_and(|n| n.len() > 128 || n.chars().any(char::is_control)) {
            self.report.error(
                at,
                "this client's `name` is not valid",
                Some("at most 128 bytes in one line".to_owned()),
            );
        }
        let paths = layers.texts("paths");
        for (path_at, path) in &paths {
            let star = path.find('*').is_none_or(|i| i + 1 == path.len());
            if !path.starts_with('/') || !star || path.contains(['?', '#']) {
                let hint =
                    "write a whole path such as `/v1/files`, or with `*` at its end for all below".to_owned();
                self.report.error(path_at, "this is no path", Some(hint));
            }
        }
        let Some(node) = table.get("token") else {
            let hint = "`token = { env = \"VARIABLE\" }`; `openssl rand -hex 32` makes a good one".to_owned();
            self.report.error(at, "this client has no `token`", Some(hint));
            return None;
        };
        let found = self.secret("token", node, true)?;
        let token = match found.value? {
            CredentialValue::Known(token) => token,
            CredentialValue::Command { .. } => {
                let hint = "use `env`, `file` or `credential`".to_owned();
                self.report.error(&node.at, "a client's token cannot come from a command", Some(hint));
                return None;
            }
        };
        if token.expose().chars().count() < SHORTEST {
            let hint = "`openssl rand -hex 32` makes a good one".to_owned();
            self.report.error(
                &node.at,
                format!("a client's token needs at least {SHORTEST} characters"),
                Some(hint),
            );
        }
        let paths = paths.into_iter().map(|(_, p)| p).collect();
        Some((
            Client { name: name?, token, paths, max_concurrent: layers.integer("max_concurrent") },
            node.at.clone(),
            found.form,
        ))
    }
}
