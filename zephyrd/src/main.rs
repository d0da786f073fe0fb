//! x
#![allow(dead_code, unused)]
mod engine_handle;
mod system;
mod tasks;
mod upstream;
fn main() {}
