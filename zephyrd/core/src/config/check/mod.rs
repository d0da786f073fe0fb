//! Makes a [`Plan`] of the tree, or says everything that is wrong with it.
//!
//! `raw` has already held the tree against the vocabulary; here is what depends on more than one key, on
//! the environment or on files. A value that did not fit counts as left out, so that one mistake is told once.

mod accounts;
mod auth;
mod clients;
mod endpoint;
mod env_file;
mod files;
mod groups;
mod headers;
mod health;
mod needs;
mod quirks;
mod routes;
mod secret;
mod server;
mod settings;
mod url;
mod web;

use std::path::PathBuf;

use super::facts::{Facts, Needs};
use super::plan::{Endpoint, Plan};
use super::problem::Problem;
use super::raw::{self, Layers, Report, Table};
use super::vocabulary::section;

pub use env_file::parse_env_file;
pub use needs::CREDENTIAL_PREFIX;
pub(super) use routes::PASSTHROUGH;
pub(super) use secret::{is_reference, quote, shown_name};
pub(super) use settings::FORMATS;

/// What there is without any config: the client's own login towards Anthropic.
pub const BUILT_IN: &str = r#"[[groups]]
name = "default"
default = true
auth = "passthrough"
endpoints = [{ name = "anthropic", url = "https://api.anthropic.com" }]
"#;

/// What the shell must gather before [`check`]. Never fails: a broken text needs nothing more.
#[must_use]
pub fn needs(text: &str, env: &std::collections::BTreeMap<String, String>) -> Needs {
    needs::needs(&raw::read_quietly(text, env))
}

/// The plan that `text` describes, with its warnings, or every problem in it. A text without any key
/// stands for [`BUILT_IN`].
///
/// # Errors
/// All problems at once, in the order of the text; at least one of them is an error.
pub fn check(text: &str, facts: &Facts) -> Result<(Plan, Vec<Problem>), Vec<Problem>> {
    checked(text, facts).map(|checked| (checked.plan, checked.warnings))
}

/// A plan with what only `effective` needs.
pub(super) struct Checked {
    pub(super) plan: Plan,
    pub(super) warnings: Vec<Problem>,
    /// The key file that the text names.
    pub(super) env_file: Option<PathBuf>,
    /// Every endpoint, disabled ones included, in file order.
    pub(super) endpoints: Vec<Draft>,
    /// How each client's token is written, without the token.
    pub(super) tokens: Vec<String>,
}

/// An endpoint as it stands in the file.
pub(super) struct Draft {
    pub(super) endpoint: Endpoint,
    pub(super) enabled: bool,
    /// `auth` as TOML, without secrets.
    pub(super) auth: String,
}

/// What the rooms of this module share while one text is checked.
struct Check<'a> {
    facts: &'a Facts,
    vars: env_file::Vars<'a>,
    report: Report<'a>,
}

pub(super) fn checked(text: &str, facts: &Facts) -> Result<Checked, Vec<Problem>> {
    let blank = text.lines().all(|line| matches!(line.trim_start().chars().next(), None | Some('#')));
    let text = if blank { BUILT_IN } else { text };
    let mut report = Report::new(text, &facts.source);
    let Some(table) = raw::read(text, facts, &mut report) else { return Err(report.finish()) };
    let vars = env_file::Vars::new(&table, facts, &mut report);
    let mut check = Check { facts, vars, report };
    let checked = check.plan(&table);
    let failed = check.report.failed();
    let problems = check.report.finish();
    if failed { Err(problems) } else { Ok(Checked { warnings: problems, ..checked }) }
}

impl Check<'_> {
    fn plan(&mut self, table: &Table) -> Checked {
        let layer = |name: &str| Layers::new(table.table(name), section(name));
        let backoff = table.table("failover").and_then(|t| t.table("backoff"));
        let backoff = Layers::new(backoff, section("backoff"));
        let (clients, tokens) = self.clients(table);
        let server = self.server(&layer("server"), table.table("server"), !clients.is_empty());
        let (groups, drafts) = self.groups(table);
        let prices = self.prices(table, &groups, &drafts);
        let routes = self.routes(table, &groups, &drafts);
        let usage = self.usage(&layer("usage"));
        let budgets = self.budgets(table, &usage);
        let endpoints =
            drafts.iter().filter(|d| d.enabled).map(|d| std::sync::Arc::new(d.endpoint.clone())).collect();
        let plan = Plan {
            server,
            groups,
            endpoints,
            routes,
            selection: settings::selection(&layer("selection")),
            failover: settings::failover(&layer("failover"), &backoff),
            suspension: settings::suspension(&layer("suspension")),
            clients,
            control: settings::control(&layer("control")),
            web: self.web(&layer("web")),
            language: settings::language(&layer("ui")),
            log: self.log(&layer("log")),
            usage,
            prices: std::sync::Arc::new(prices),
            budgets,
            dedup: accounts::dedup(&layer("dedup")),
            cache: accounts::cache(&layer("cache")),
        };
        let env_file = layer("server").text("env_file").map(PathBuf::from);
        Checked { plan, warnings: Vec::new(), env_file, endpoints: drafts, tokens }
    }
}
