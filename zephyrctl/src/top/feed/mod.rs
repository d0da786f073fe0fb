//! What comes from the daemon: connects, tells everything that is to be shown, does what is asked, and comes back when the
//! daemon does.
//!
//! Nothing here runs on its own: it is one future, polled by the dashboard's loop. Events go through a bounded queue; while
//! that is full nothing more is read, and the daemon tells what was missed.

mod session;
mod steer;

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::app::{Event, Failure, Job};
use crate::client::{Client, socket};

/// Events that wait to be shown.
pub(crate) const EVENTS: usize = 512;
/// Orders that wait to be carried out; more are refused.
pub(crate) const JOBS: usize = 64;
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Serves the dashboard until it is dropped: first over `client`, later over connections of its own.
pub(crate) async fn run(
    client: Client,
    sockets: socket::Choice,
    events: mpsc::Sender<Event>,
    mut jobs: mpsc::Receiver<Job>,
) {
    let mut next = Some(client);
    let mut wait = FIRST_WAIT;
    loop {
        let connected = match next.take() {
            Some(client) => Ok(client),
            None => Client::connect(&sockets).await,
        };
        let error = match connected {
            Ok(client) => {
                wait = FIRST_WAIT;
                Box::pin(session::run(&client, &events, &mut jobs)).await
            }
            Err(error) => error,
        };
        let failure = Failure::from(&error);
        if events.send(Event::Lost(failure.clone())).await.is_err() {
            return;
        }
        let until = Instant::now() + wait;
        wait = (wait * 2).min(LONGEST_WAIT);
        while let Ok(Some(job)) = tokio::time::timeout_at(until, jobs.recv()).await {
            if events.send(Event::Did(job, Err(failure.clone()))).await.is_err() {
                return;
            }
        }
        tokio::time::sleep_until(until).await;
    }
}
