//! The HTTP API, on its own listener and beside the proxy.

mod api;
mod legacy;
