//! `top` where it cannot draw: what it says and with which status. What it draws is tested beside it and in a terminal.

use insta::assert_snapshot;

use crate::fake::Fake;
use crate::run::Run;
use crate::script::Script;

#[test]
fn without_a_terminal_it_says_what_does_without_one() {
    let fake = Fake::start(Script::usual());
    let ran = Run::with(&fake).line("top");
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.text());
}

#[test]
fn it_writes_no_documents() {
    let fake = Fake::start(Script::usual());
    let ran = Run::with(&fake).env("LANG", "zh_CN.UTF-8").line("top --json");
    assert_eq!(ran.code, 2);
    assert_snapshot!(ran.text());
}

#[test]
fn it_says_so_in_chinese() {
    let fake = Fake::start(Script::usual());
    let ran = Run::with(&fake).env("LANG", "zh_CN.UTF-8").line("top");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("终端"), "{}", ran.stderr);
}
