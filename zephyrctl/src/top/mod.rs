//! The dashboard in a terminal.
//!
//! [`app`] is the state and what changes it, [`panes`] draw it and change nothing, [`feed`] brings what the daemon tells,
//! [`terminal`] is the screen. Here is the loop between them: it draws when something has changed, at most ten times a
//! second.

mod app;
mod feed;
#[cfg(test)]
mod fixtures;
mod keys;
mod paint;
mod panes;
mod terminal;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossterm::event::{Event as Input, EventStream};
use futures_util::StreamExt;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use zephyr_words::{COMMON, Catalogue, TOP, Words, say};

use self::app::{Command, Event, Failure, State};
use self::terminal::{Screen, Signals, Wish};
use crate::client::{Client, socket};
use crate::error::{Error, Kind};
use crate::language;

static TEXTS: Catalogue = Catalogue::new(&[COMMON, TOP]);

/// The dashboard's texts in the language of this process.
fn words() -> &'static Words {
    TEXTS.of(language::spoken())
}

/// Between two draws.
const FRAME: Duration = Duration::from_millis(100);

/// It draws, and writes no documents.
pub(crate) fn no_json() -> Error {
    Error::new(Kind::Usage, say!(words(), "top-no-json")).hint(say!(words(), "top-no-json-hint"))
}

/// Shows the dashboard until somebody quits.
///
/// # Errors
/// There is no terminal, no daemon answers at first, or the terminal goes away.
pub(crate) async fn run(sockets: &socket::Choice) -> Result<(), Error> {
    terminal::check()?;
    let client = Client::connect(sockets).await?;
    let mut signals = Signals::new()?;
    let mut screen = Screen::take()?;
    let colours = std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    let mut state = State::new(words(), colours, TimeZone::system(), now_ms());
    let (columns, lines) = screen.size();
    state.update(Event::Size(columns, lines));

    let (events, mut told) = mpsc::channel(feed::EVENTS);
    let (jobs, orders) = mpsc::channel(feed::JOBS);
    let mut feed = Box::pin(feed::run(client, sockets.clone(), events, orders));
    let mut input = EventStream::new();
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut drawn = Instant::now();
    screen.draw(|frame| panes::draw(frame, &state))?;

    let mut changed = state.take_changed();
    loop {
        let event = tokio::select! {
            wish = signals.next() => match wish {
                Wish::End => return Ok(()),
                Wish::Stop => { screen.suspend()?; changed = true; continue }
                Wish::GoOn => { screen.resume()?; changed = true; continue }
            },
            key = input.next() => match key {
                Some(Ok(Input::Key(key))) => Event::Key(key),
                Some(Ok(Input::Resize(columns, lines))) => Event::Size(columns, lines),
                Some(Ok(_)) => continue,
                Some(Err(error)) => return Err(terminal::failed(&error)),
                None => return Err(Error::failed(say!(words(), "top-terminal-gone"))),
            },
            Some(event) = told.recv() => event,
            () = &mut feed => continue,
            _ = second.tick() => Event::Time(now_ms()),
            () = sleep_until(drawn + FRAME), if changed => {
                screen.draw(|frame| panes::draw(frame, &state))?;
                (changed, drawn) = (false, Instant::now());
                continue;
            }
        };
        let mut commands = state.update(event);
        while let Ok(event) = told.try_recv() {
            commands.extend(state.update(event));
        }
        for command in commands {
            match command {
                Command::Quit => return Ok(()),
                Command::Suspend => screen.suspend()?,
                Command::Redraw => screen.redraw()?,
                Command::Do(job) => {
                    if let Err(refused) = jobs.try_send(job) {
                        let message = say!(words(), "top-too-much").into_owned();
                        let failure = Failure { message, hint: String::new() };
                        state.update(Event::Did(refused.into_inner(), Err(failure)));
                    }
                }
            }
            changed = true;
        }
        changed |= state.take_changed();
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
