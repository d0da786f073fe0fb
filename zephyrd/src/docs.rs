//! Man page and completions, made from the command line's own definition, for the packages.

mod config_page;

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;

/// Writes `zephyrd.8` and `zephyrd.toml.5` to `dir`.
pub(crate) fn man(dir: &Path) -> ExitCode {
    let man = clap_mangen::Man::new(Cli::command()).section("8");
    let mut page = Vec::new();
    let mut config = Vec::new();
    let rendered = man.render(&mut page).and_then(|()| config_page::render(&mut config));
    let written = rendered.and_then(|()| std::fs::write(dir.join("zephyrd.8"), page));
    done(written.and_then(|()| std::fs::write(dir.join("zephyrd.toml.5"), config)))
}

/// Writes completions for bash, zsh and fish to `dir`.
pub(crate) fn completions(dir: &Path) -> ExitCode {
    let write = |shell| clap_complete::generate_to(shell, &mut Cli::command(), "zephyrd", dir).map(drop);
    done([Shell::Bash, Shell::Zsh, Shell::Fish].into_iter().try_for_each(write))
}

fn done(result: std::io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("Error: {e}");
            ExitCode::FAILURE
        }
    }
}
