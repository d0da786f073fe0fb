//! The control plane over a real socket with a real engine.
