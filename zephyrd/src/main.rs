//! x
#![allow(dead_code, unused)]
mod control;
mod engine_handle;
mod system;
mod tasks;
mod upstream;
fn main() {}
