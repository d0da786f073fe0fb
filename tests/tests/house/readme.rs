//! What the README shows is what the programs take, and its Chinese version says the same.

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

/// What both versions have in common: code word for word, levels of headings, and the shapes of tables and lists.
fn skeleton(text: &str) -> Vec<String> {
    let mut inside = false;
    let shape = |line: &str| match line.chars().next() {
        Some('#') => Some(format!("heading {}", line.chars().take_while(|c| *c == '#').count())),
        Some('|') => Some(format!("row of {}", line.replace("\\|", "").matches('|').count())),
        Some('-') => Some("item".to_owned()),
        _ => None,
    };
    let lines = text.lines().filter_map(|line| {
        let fence = line.starts_with("```");
        let code = inside || fence;
        inside ^= fence;
        if code { Some(line.to_owned()) } else { shape(line) }
    });
    lines.collect()
}

#[test]
fn the_chinese_readme_has_the_same_code_headings_tables_and_lists() {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).expect(name);
    let (english, chinese) = (read("README.md"), read("README.zh-CN.md"));
    assert!(english.contains("](README.zh-CN.md)"), "README.md does not lead to README.zh-CN.md");
    assert!(chinese.contains("](README.md)"), "README.zh-CN.md does not lead to README.md");
    let (english, chinese) = (skeleton(&english), skeleton(&chinese));
    assert!(english.len() > 200, "the README has no skeleton to compare");
    for (i, (english, chinese)) in english.iter().zip(&chinese).enumerate() {
        let before = english.as_str();
        assert_eq!(before, chinese, "README.zh-CN.md differs from README.md at its {}th part", i + 1);
    }
    assert_eq!(english.len(), chinese.len(), "one README ends before the other");
}
