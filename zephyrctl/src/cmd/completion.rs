//! `zephyrctl completion`: the script with which a shell completes verbs, options and names.

use crate::language::words;
use clap::ValueEnum;
use clap_complete::env::Shells;
use zephyr_words::say;

use super::{Context, Exit};
use crate::complete::VARIABLE;
use crate::error::Error;

/// Print a script for tab completion
///
/// Names of endpoints and groups are those that the running zephyrd knows.
///
/// bash, in ~/.bashrc: source <(zephyrctl completion bash)
/// zsh, in ~/.zshrc after compinit: source <(zephyrctl completion zsh)
/// fish, in config.fish: zephyrctl completion fish | source
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
        }
    }
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let shells = Shells::builtins();
    let name = args.shell.name();
    let unknown = || Error::failed(say!(words(), "no-completion", shell = name));
    let mut script = Vec::new();
    let shell = shells.completer(name).ok_or_else(unknown)?;
    shell
        .write_registration(VARIABLE, "zephyrctl", "zephyrctl", "zephyrctl", &mut script)
        .map_err(|e| Error::output(&e))?;
    context.out.raw(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}
