//! One endpoint, with what its group and the defaults say merged in.

use super::super::plan::{Auth, BaseUrl, Dialect, Endpoint, Group, Timeouts};
use super::super::raw::{At, Layers, Table};
use super::super::vocabulary::section;
use super::{Check, Draft};

/// Where an endpoint stands.
pub(super) struct Place<'p> {
    pub(super) group: &'p Group,
    pub(super) group_table: &'p Table,
    pub(super) group_at: &'p At,
    /// The whole file.
    pub(super) top: &'p Table,
}

impl Check<'_> {
    pub(super) fn endpoint(
        &mut self,
        table: &Table,
        at: &At,
        name: String,
        index: usize,
        place: &Place<'_>,
    ) -> Draft {
        let own = Layers::new([table], section("endpoints"));
        let both = Layers::new([table, place.group_table], section("endpoints"));
        let enabled = own.flag("enabled") && place.group.enabled;
        let url = self.url(&own, at);
        let dialect = dialect(&both);
        let authentication = self.auth(table, place.group_table, place.group_at, &place.group.name, enabled);
        let (auth, own_key, form) = match authentication {
            Some(a) => (a.auth, a.own, a.form),
            None => (Auth::None, true, "\"none\"".to_owned()),
        };
        if own_key && enabled {
            self.warn_of_clear_text(&own, &url);
        }
        let timeouts = Layers::new(
            [table, place.group_table].into_iter().filter_map(|t| t.table("timeouts")),
            section("timeouts"),
        );
        let probe = self.health(table, place, dialect, &auth, own_key);
        let endpoint = Endpoint {
            index,
            group: place.group.name.clone(),
            tier: place.group.priority,
            default_group: place.group.default,
            provider: both.text("provider").unwrap_or_else(|| url.host.clone()),
            dialect,
            auth,
            headers: self.headers(table, place.group_table),
            proxy: self.proxy(&both),
            ca_file: self.pem(&both, "ca_file", "CERTIFICATE"),
            priority: own.integer("priority").unwrap_or_default(),
            price: own.number("price"),
            weight: own.integer("weight").unwrap_or(1),
            max_concurrent: own.integer("max_concurrent"),
            group_max_concurrent: place.group.max_concurrent,
            overage: both.flag("overage"),
            recover: place.group.recover.clone(),
            timeouts: timeouts_of(&timeouts),
            quirks: self.quirks(table, place.group_table),
            probe,
            url,
            name,
        };
        Draft { endpoint, enabled, auth: form }
    }

    fn url(&mut self, own: &Layers<'_>, at: &At) -> BaseUrl {
        let nowhere = || BaseUrl { tls: true, host: String::new(), port: 443, prefix: String::new() };
        let Some(text) = own.text("url") else {
            if own.node("url").is_none() {
                self.report.error(at, "this endpoint has no `url`", None);
            }
            return nowhere();
        };
        let at = own.at("url").unwrap_or(at);
        match super::url::base_url(&text) {
            Ok(url) => url,
            Err((message, hint)) => {
                self.report.error(at, message, hint.map(str::to_owned));
                nowhere()
            }
        }
    }

    fn warn_of_clear_text(&mut self, own: &Layers<'_>, url: &BaseUrl) {
        let loopback = url.is_loopback();
        if let Some(at) = own.at("url").filter(|_| !url.tls && !loopback && !url.host.is_empty()) {
            self.report.warning(
                at,
                "the credential goes over the network in clear text",
                Some("use `https://`".to_owned()),
            );
        }
    }

    fn proxy(&mut self, both: &Layers<'_>) -> Option<String> {
        let text = both.text("proxy")?;
        if let Err((message, hint)) = super::url::proxy(&text) {
            self.report.error(both.at("proxy")?, message, hint.map(str::to_owned));
        }
        Some(text)
    }
}

fn dialect(both: &Layers<'_>) -> Dialect {
    let name = both.text("dialect").unwrap_or_default();
    Dialect::ALL.into_iter().find(|d| d.name() == name).unwrap_or(Dialect::Anthropic)
}

fn timeouts_of(layers: &Layers<'_>) -> Timeouts {
    let default = Timeouts::default();
    Timeouts {
        connect: layers.seconds("connect_seconds").unwrap_or(default.connect),
        first_event: layers.seconds("first_event_seconds").unwrap_or(default.first_event),
        non_stream: layers.seconds("non_stream_seconds").unwrap_or(default.non_stream),
        idle: layers.seconds("idle_seconds").unwrap_or(default.idle),
    }
}
