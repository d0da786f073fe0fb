//! What kind of time each endpoint has: most are well, some are in trouble for a while, and always the same one.
//!
//! A fault that lasts opens what a single failure does not, so that the simulation sees breakers grow and heal.

use std::collections::BTreeMap;

use zephyr_core::failover::Class;
use zephyr_core::time::{Rng, SplitMix};

use crate::random::{a_class, once_in, one_of};

#[derive(Debug, Default)]
pub(crate) struct Weather(BTreeMap<String, Class>);

impl Weather {
    /// Somebody's trouble begins, or everybody's, or all of it ends.
    pub(crate) fn turns(&mut self, names: &[String], rng: &mut SplitMix) {
        match rng.below(6) {
            0 => self.0.clear(),
            1 => {
                let trouble = one_of(&Class::ALL, rng);
                self.0 = names.iter().map(|name| (name.clone(), trouble)).collect();
            }
            _ if names.is_empty() => {}
            n => {
                let name = names[n % names.len()].clone();
                self.0.insert(name, one_of(&Class::ALL, rng));
            }
        }
    }

    pub(crate) fn clears(&mut self) {
        self.0.clear();
    }

    /// How something sent to `name` ends now.
    pub(crate) fn fate(&self, name: &str, rng: &mut SplitMix) -> Class {
        match self.0.get(name) {
            Some(trouble) if !once_in(10, rng) => *trouble,
            _ => a_class(rng),
        }
    }
}
