//! x
#![allow(dead_code, unused)]
mod engine_handle;
mod tasks;
mod upstream;
fn main() {}
