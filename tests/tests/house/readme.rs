//! What the README shows is what the programs take.

use std::process::Command;

use crate::tree::{none, root};

/// The fenced blocks of the README that are marked `language`.
fn blocks(language: &str) -> Vec<(usize, String)> {
    let text = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let mut out = Vec::new();
    let mut block: Option<(usize, String)> = None;
    for (i, line) in text.lines().enumerate() {
        match &mut block {
            Some(done) if line.trim_start() == "```" => {
                out.push(std::mem::take(done));
                block = None;
            }
            Some((_, body)) => {
                body.push_str(line);
                body.push('\n');
            }
            None if line.trim_start() == format!("```{language}") => block = Some((i + 1, String::new())),
            None => {}
        }
    }
    out
}

#[test]
fn every_toml_block_of_the_readme_is_a_config_that_loads() {
    let blocks = blocks("toml");
    assert!(!blocks.is_empty(), "the README shows no config");
    let mut breaches = Vec::new();
    for (line, body) in blocks {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("config.toml");
        std::fs::write(&config, &body).unwrap();
        let mut command = Command::new(zephyr_tests::binary("zephyrd"));
        command.arg("check").arg("--config").arg(&config);
        // Whatever variables the block names are set.
        for name in body.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')) {
            if name.len() > 3 && name.contains('_') {
                command.env(name, "sk-house-test-value");
            }
        }
        let output = command.output().unwrap();
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            breaches.push(format!("README.md:{line}: {said}{}", String::from_utf8_lossy(&output.stdout)));
        }
    }
    none("README configs load", &breaches);
}

#[test]
fn the_readme_leads_with_the_two_commands() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let head: String = text.lines().take(40).collect::<Vec<_>>().join("\n");
    for command in ["cargo run --release -p zephyrd", "tests/run"] {
        assert!(head.contains(command), "the first 40 lines of the README do not show `{command}`");
    }
}
