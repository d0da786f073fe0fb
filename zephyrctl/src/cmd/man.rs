//! `zephyrctl man` (hidden): writes the man pages, for packages.

use crate::language::words;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use zephyr_words::say;

use clap::builder::Resettable;
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::{Context, Exit};
use crate::cli::Cli;
use crate::error::Error;

/// Write the man pages of zephyrctl and of each verb into a directory
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Made if it does not exist
    dir: PathBuf,
}

/// What the main page has beside its options.
const SECTIONS: &str = r#".SH "EXIT STATUS"
.TP
0
everything is fine
.TP
1
it failed, or something is degraded
.TP
2
wrong usage
.TP
3
zephyrd is not running
.TP
4
nothing has that name
.TP
5
no permission
.TP
6
the config has errors
.SH ENVIRONMENT
.TP
ZEPHYR_SOCKET
the control socket, where \fB\-\-socket\fR is not given
.TP
ZEPHYR_LANGUAGE
the language of what people read, \fBen\fR or \fBzh\-CN\fR, before that of the locale (\fBLANGUAGE\fR, \fBLC_ALL\fR,
\fBLC_MESSAGES\fR, \fBLANG\fR)
.TP
NO_COLOR
no colours, whatever its value
.TP
COLUMNS
the width to print for, whatever the terminal says
.SH FILES
.TP
.I $XDG_RUNTIME_DIR/zephyrd/control.sock
the control socket of the user's own zephyrd; tried first
.TP
.I /run/zephyrd/control.sock
the control socket of the system's zephyrd
.SH "SEE ALSO"
.BR zephyrd (8),
.BR journalctl (1)
"#;

pub(super) async fn handle(args: Args, _: &Context) -> Result<Exit, Error> {
    let wrong = |e| {
        Error::failed(say!(words(), "cannot-write-man", path = args.dir.display().to_string())).caused_by(e)
    };
    let mut whole = Cli::command().disable_help_subcommand(true).after_help(Resettable::Reset);
    whole.build();
    fs::create_dir_all(&args.dir).and_then(|()| write(&whole, &args.dir)).map_err(|e: io::Error| wrong(e))?;
    Ok(Exit::Success)
}

fn write(command: &Command, dir: &Path) -> io::Result<()> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page)?;
    if command.get_name() == "zephyrctl" {
        page.extend_from_slice(SECTIONS.as_bytes());
    }
    fs::write(dir.join(man.get_filename()), page)?;
    let shown = command.get_subcommands().filter(|c| !c.is_hide_set() && c.get_name() != "help");
    for verb in shown {
        write(verb, dir)?;
    }
    Ok(())
}
