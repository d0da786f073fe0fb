//! The HTTP API, on its own listener and beside the proxy.

mod access;
mod api;
mod legacy;
mod secrets;
mod stream;
