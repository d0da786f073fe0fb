//! The terminal: raw and on its second screen while the dashboard draws, as it was before on every way out.

use std::io::{self, IsTerminal, Stdout};

use crossterm::cursor::{Hide, Show};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};
use rustix::process::{Signal, getpid, kill_process};
use tokio::signal::unix::{Signal as Arrivals, SignalKind, signal};
use zephyr_words::say;

use super::words;
use crate::error::{Error, Kind};

/// `SIGTSTP` and `SIGCONT` of Linux, which tokio has no names for.
const STOP: i32 = 20;
const CONTINUE: i32 = 18;

/// # Errors
/// `Usage` where there is no terminal.
pub(crate) fn check() -> Result<(), Error> {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if io::stdout().is_terminal() && io::stdin().is_terminal() && !dumb {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, say!(words(), "top-no-terminal")).hint(say!(words(), "top-no-terminal-hint")))
}

/// The screen, given back when this is dropped.
pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// `Usage` where there is none.
    pub(crate) fn take() -> Result<Self, Error> {
        check()?;
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            before(panic);
        }));
        let mut screen =
            Self { terminal: Terminal::new(CrosstermBackend::new(io::stdout())).map_err(|e| failed(&e))? };
        screen.enter()?;
        Ok(screen)
    }

    fn enter(&mut self) -> Result<(), Error> {
        enable_raw_mode().map_err(|e| failed(&e))?;
        execute!(io::stdout(), EnterAlternateScreen, Hide).map_err(|e| failed(&e))?;
        self.redraw()
    }

    /// The next draw writes every cell anew.
    pub(crate) fn redraw(&mut self) -> Result<(), Error> {
        // Not `clear`: that asks the terminal where its cursor is, and the answer comes among the keys.
        let size = self.terminal.size().map_err(|e| failed(&e))?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size))).map_err(|e| failed(&e))
    }

    /// Draws what has changed.
    pub(crate) fn draw(&mut self, draw: impl FnOnce(&mut ratatui::Frame<'_>)) -> Result<(), Error> {
        self.terminal.draw(draw).map(drop).map_err(|e| failed(&e))
    }

    /// Columns and lines.
    pub(crate) fn size(&self) -> (u16, u16) {
        self.terminal.size().map_or((80, 24), |size| (size.width, size.height))
    }

    /// Gives the terminal to the shell and stops; returns when it goes on with us.
    pub(crate) fn suspend(&mut self) -> Result<(), Error> {
        give_back();
        let stopped = kill_process(getpid(), Signal::STOP);
        stopped.map_err(|e| failed(&e.into()))?;
        self.enter()
    }

    /// Takes the terminal over again after somebody else has stopped and woken us.
    pub(crate) fn resume(&mut self) -> Result<(), Error> {
        // The shell may have set its own modes since.
        let _ = disable_raw_mode();
        self.enter()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Whatever fails here, the rest is tried.
fn give_back() {
    let _ = execute!(io::stdout(), LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

pub(crate) fn failed(error: &io::Error) -> Error {
    Error::failed(say!(words(), "top-terminal-fails")).caused_by(error)
}

/// What other programs tell us to do.
pub(crate) enum Wish {
    End,
    Stop,
    GoOn,
}

/// Signals that would leave the terminal as it is now.
pub(crate) struct Signals {
    end: [Arrivals; 4],
    stop: Arrivals,
    go_on: Arrivals,
}

impl Signals {
    /// Listens for them from now on.
    pub(crate) fn new() -> Result<Self, Error> {
        let listen =
            |kind| signal(kind).map_err(|e| Error::failed(say!(words(), "top-no-signals")).caused_by(e));
        Ok(Self {
            end: [
                listen(SignalKind::interrupt())?,
                listen(SignalKind::terminate())?,
                listen(SignalKind::hangup())?,
                listen(SignalKind::quit())?,
            ],
            stop: listen(SignalKind::from_raw(STOP))?,
            go_on: listen(SignalKind::from_raw(CONTINUE))?,
        })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Wish {
        let [interrupt, terminate, hangup, quit] = &mut self.end;
        tokio::select! {
            _ = interrupt.recv() => Wish::End,
            _ = terminate.recv() => Wish::End,
            _ = hangup.recv() => Wish::End,
            _ = quit.recv() => Wish::End,
            _ = self.stop.recv() => Wish::Stop,
            _ = self.go_on.recv() => Wish::GoOn,
        }
    }
}
