//! Which crate may depend on which.

use std::sync::OnceLock;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use crate::tree::{none, root};

pub(crate) fn metadata() -> &'static Metadata {
    static METADATA: OnceLock<Metadata> = OnceLock::new();
    METADATA.get_or_init(|| {
        let mut command = MetadataCommand::new();
        command.manifest_path(root().join("Cargo.toml"));
        command.other_options(["--locked".to_owned()]);
        command.exec().expect("cargo metadata")
    })
}

fn package(name: &str) -> &'static Package {
    let packages = metadata().workspace_packages();
    packages.into_iter().find(|p| p.name.as_str() == name).unwrap_or_else(|| panic!("no crate `{name}`"))
}

/// Names of the direct dependencies, build and dev ones left out.
fn normal(name: &str) -> Vec<String> {
    let dependencies = package(name).dependencies.iter();
    dependencies.filter(|d| d.kind == DependencyKind::Normal).map(|d| d.name.clone()).collect()
}

fn ours() -> Vec<String> {
    metadata().workspace_packages().iter().map(|p| p.name.to_string()).collect()
}

fn own(name: &str) -> Vec<String> {
    let ours = ours();
    let mut own: Vec<_> = normal(name).into_iter().filter(|d| ours.contains(d)).collect();
    own.sort();
    own
}

#[test]
fn core_wire_words_and_proto_depend_on_nothing_of_ours() {
    for name in ["zephyr-core", "zephyr-wire", "zephyr-words", "zephyr-proto"] {
        assert_eq!(own(name), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn zephyrd_depends_on_all_and_zephyrctl_on_proto_and_words() {
    assert_eq!(own("zephyrd"), ["zephyr-core", "zephyr-proto", "zephyr-wire", "zephyr-words"]);
    assert_eq!(own("zephyrctl"), ["zephyr-proto", "zephyr-words"]);
}

#[test]
fn nothing_depends_on_the_tests_crate() {
    for name in ours() {
        let found = package(&name).dependencies.iter().any(|d| d.name == "zephyr-tests");
        assert!(!found, "{name} depends on zephyr-tests");
    }
}

#[test]
fn core_and_wire_have_no_runtime_no_sockets_and_no_randomness() {
    const BANNED: [&str; 16] = [
        "tokio",
        "tokio-util",
        "hyper",
        "hyper-util",
        "reqwest",
        "rustls",
        "tonic",
        "axum",
        "mio",
        "rustix",
        "libc",
        "nix",
        "rand",
        "getrandom",
        "fastrand",
        "notify",
    ];
    let mut breaches = Vec::new();
    for name in ["zephyr-core", "zephyr-wire", "zephyr-words"] {
        // Their whole tree, so that nothing comes in by a third crate.
        let resolve = metadata().resolve.as_ref().unwrap();
        let mut open = vec![&package(name).id];
        let mut seen = Vec::new();
        while let Some(id) = open.pop() {
            if seen.contains(&id) {
                continue;
            }
            seen.push(id);
            let node = resolve.nodes.iter().find(|n| &n.id == id).unwrap();
            for dependency in &node.deps {
                if dependency.dep_kinds.iter().any(|k| k.kind == DependencyKind::Normal) {
                    open.push(&dependency.pkg);
                }
            }
        }
        for id in seen {
            let found = metadata()[id].name.as_str();
            if BANNED.contains(&found) {
                breaches.push(format!("{name} reaches {found}"));
            }
        }
    }
    none("the pure crates have no runtime", &breaches);
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    for package in metadata().workspace_packages() {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        let lints = manifest.split("[lints]").nth(1).unwrap_or_default();
        assert!(lints.trim_start().starts_with("workspace = true"), "{} has lints of its own", package.name);
    }
}
