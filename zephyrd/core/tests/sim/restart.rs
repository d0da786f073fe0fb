//! The daemon ends and another begins with what was remembered.

use std::time::Duration;

use zephyr_core::engine::Engine;
use zephyr_core::time::Rng;

use crate::world::World;

impl World {
    /// What a restarted daemon knows is what this one knew.
    pub(crate) fn remembers(&mut self) {
        let memory = self.engine.memory(self.now);
        let mut next = Engine::new(&self.plan, self.now);
        next.restore(&memory, self.now);
        assert_eq!(next.memory(self.now), memory);
        let admin = |engine: &Engine| {
            let views = engine.snapshot(self.now).endpoints.into_iter();
            views.map(|e| (e.endpoint.name.clone(), e.admin)).collect::<Vec<_>>()
        };
        assert_eq!(admin(&next), admin(&self.engine));
    }

    /// Requests die with their process, and its monotonic clock begins anew.
    pub(crate) fn restarts(&mut self) {
        let memory = self.engine.memory(self.now);
        self.held.clear();
        self.waiting.clear();
        self.now.unix_ms += self.rng.below(600_000) as i64;
        self.now.mono = Duration::from_millis(self.rng.below(5_000_000) as u64);
        self.engine = Engine::new(&self.plan, self.now);
        self.engine.restore(&memory, self.now);
        self.watcher = self.engine.snapshot(self.now);
    }
}
