//! `[web]`: where the dashboard and the HTTP API are, and who may use them.

use super::super::plan::Web;
use super::super::raw::Layers;
use super::Check;

impl Check<'_> {
    pub(super) fn web(&mut self, layers: &Layers<'_>) -> Web {
        let listen = self.listen(layers.texts("listen"));
        Web {
            listen: listen.into_iter().map(|(_, listen)| listen).collect(),
            reads_by_loopback: layers.text("reads").is_none_or(|who| who == "loopback"),
            writes_by_loopback: layers.text("writes").is_some_and(|who| who == "loopback"),
        }
    }
}
