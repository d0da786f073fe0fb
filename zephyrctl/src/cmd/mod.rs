//! The verbs: one file each, and one line each in the table at the end.
//!
//! A verb's file holds its arguments with their help (`Args`) and what it does (`handle`).

mod check;
mod completion;
mod config;
mod drain;
mod env;
mod explain;
mod group;
mod list;
mod logs;
mod man;
mod pause;
mod pin;
mod priority;
mod reload;
mod requests;
mod resume;
mod route;
mod show;
mod status;
mod suspended;
mod test;
mod top;
mod unpin;
mod usage;
mod version;
mod watch;
mod web;

use clap::Subcommand;

pub(crate) use priority::save as save_priority;

use crate::cli::Cli;
use crate::client::{Client, socket};
use crate::error::Error;
use crate::output::Output;

/// How a verb ended that did not give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Status 0.
    Success,
    /// Status 1: it was done, and the answer is not a good one.
    Failed,
}

impl Exit {
    fn good(good: bool) -> Self {
        if good { Self::Success } else { Self::Failed }
    }
}

/// What every verb gets.
pub(crate) struct Context {
    pub(crate) out: Output,
    pub(crate) sockets: socket::Choice,
}

impl Context {
    /// A connection to the daemon.
    ///
    /// # Errors
    /// It is not running, or may not be asked.
    pub(crate) async fn connect(&self) -> Result<Client, Error> {
        Client::connect(&self.sockets).await
    }
}

/// Does what the command line asks for; without a verb that is `status`.
///
/// # Errors
/// Whatever the verb says.
pub(crate) async fn run(cli: Cli, out: Output) -> Result<Exit, Error> {
    let context = Context { out, sockets: socket::Choice::new(cli.socket) };
    match cli.verb {
        Some(verb) => verb.handle(&context).await,
        None => status::handle(status::Args {}, &context).await,
    }
}

macro_rules! verbs {
    ($($(#[$meta:meta])* $name:ident($module:ident::Args);)*) => {
        /// What to do.
        #[derive(Debug, Subcommand)]
        pub(crate) enum Verb {
            $($(#[$meta])* $name($module::Args),)*
        }

        impl Verb {
            async fn handle(self, context: &Context) -> Result<Exit, Error> {
                match self {
                    $(Self::$name(args) => $module::handle(args, context).await,)*
                }
            }
        }
    };
}

verbs! {
    Status(status::Args);
    List(list::Args);
    Show(show::Args);
    Pin(pin::Args);
    Unpin(unpin::Args);
    Pause(pause::Args);
    Resume(resume::Args);
    Drain(drain::Args);
    Group(group::Args);
    Priority(priority::Args);
    Suspended(suspended::Args);
    Check(check::Args);
    Test(test::Args);
    Reload(reload::Args);
    Watch(watch::Args);
    Top(top::Args);
    Web(web::Args);
    Usage(usage::Args);
    Requests(requests::Args);
    Explain(explain::Args);
    Logs(logs::Args);
    Route(route::Args);
    Env(env::Args);
    Config(config::Args);
    Completion(completion::Args);
    Version(version::Args);
    #[command(hide = true)] Man(man::Args);
}
