//! The rules of the house (ARCHITECTURE.md), as tests: what may depend on what, where things stand, and that
//! nothing in the tree is unregistered, too long or left open.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod dependencies;
mod documents;
mod files;
mod imports;
mod licences;
mod modules;
mod readme;
mod runner;
mod tree;
