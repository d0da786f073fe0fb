//! The control plane of Zephyr, `zephyr.control.v1`, as messages, clients and servers.
//!
//! Additive only: a field or call, once released, keeps its number and meaning.

/// Version 1 of the control plane.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
pub mod v1 {
    tonic::include_proto!("zephyr.control.v1");
}

/// The encoded descriptors of every message and service, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor.bin"));

/// What `Hello` answers as its API name.
pub const API: &str = "zephyr.control.v1";
