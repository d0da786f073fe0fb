//! Compiles the protocol files without protoc.

use std::path::PathBuf;

const FILES: [&str; 11] = [
    "zephyr/control/v1/error.proto",
    "zephyr/control/v1/status.proto",
    "zephyr/control/v1/steering.proto",
    "zephyr/control/v1/probing.proto",
    "zephyr/control/v1/config.proto",
    "zephyr/control/v1/usage.proto",
    "zephyr/control/v1/explain.proto",
    "zephyr/control/v1/waiting.proto",
    "zephyr/control/v1/logs.proto",
    "zephyr/control/v1/web.proto",
    "zephyr/control/v1/running.proto",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=zephyr");
    let files = protox::compile(FILES, ["."])?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    std::fs::write(out.join("descriptor.bin"), prost::Message::encode_to_vec(&files))?;
    tonic_prost_build::configure().compile_fds(files)?;
    Ok(())
}
