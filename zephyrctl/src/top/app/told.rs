//! What is said of what is being done, and of what was done.

use zephyr_words::say;

use super::{Job, State};
use crate::render::text;

impl State {
    /// What will happen now; `None` where nobody has to be told.
    pub(super) fn told_doing(&self, job: &Job) -> Option<String> {
        let words = self.words;
        Some(match job {
            Job::Pin(name) => say!(words, "top-doing-pin", name = text::name(name)),
            Job::Unpin => say!(words, "top-doing-unpin").into_owned(),
            Job::PauseProbes => say!(words, "top-doing-pause").into_owned(),
            Job::ResumeProbes => say!(words, "top-doing-resume").into_owned(),
            Job::Probe => say!(words, "top-doing-probe").into_owned(),
            Job::Priority { name, number, .. } => {
                say!(words, "top-doing-priority", name = text::name(name), number = number.to_string())
            }
            Job::Usage(_) | Job::Running => say!(words, "top-doing-read").into_owned(),
            Job::Explain(_) => return None,
        })
    }

    /// What has happened.
    pub(super) fn told_done(&self, job: &Job) -> Option<String> {
        let words = self.words;
        Some(match job {
            Job::Pin(name) => say!(words, "top-done-pin", name = text::name(name)),
            Job::Unpin => say!(words, "top-done-unpin").into_owned(),
            Job::PauseProbes => say!(words, "top-done-pause").into_owned(),
            Job::ResumeProbes => say!(words, "top-done-resume").into_owned(),
            Job::Probe => say!(words, "top-done-probe").into_owned(),
            Job::Priority { name, number, save } => {
                let file = self.status.as_ref().and_then(|s| s.daemon.config.file.clone());
                match file.filter(|_| *save) {
                    Some(file) => say!(
                        words,
                        "top-done-priority-saved",
                        name = text::name(name),
                        number = number.to_string(),
                        file = text::line(&file)
                    ),
                    None => {
                        say!(words, "top-done-priority", name = text::name(name), number = number.to_string())
                    }
                }
            }
            Job::Usage(_) | Job::Running => say!(words, "top-done-read").into_owned(),
            Job::Explain(_) => return None,
        })
    }
}
