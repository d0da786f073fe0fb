//! The log as text: time, level, message, and the fields that the message does not tell already.
//!
//! Whatever stands in a value, a line of the log stays one line and moves no terminal.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::text::is_hostile;

/// See the module.
pub(super) struct TextFormat {
    /// Colours and a short local time; else none and the full one.
    pub(super) terminal: bool,
}

impl<S, N> FormatEvent<S, N> for TextFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Line::default();
        event.record(&mut line);
        let now = jiff::Zoned::now();
        let time = if self.terminal {
            now.strftime("%H:%M:%S%.3f")
        } else {
            now.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
        };
        let (level, colour) = match *event.metadata().level() {
            Level::ERROR => ("ERROR", "\x1b[31m"),
            Level::WARN => (" WARN", "\x1b[33m"),
            Level::INFO => (" INFO", "\x1b[32m"),
            Level::DEBUG => ("DEBUG", "\x1b[34m"),
            Level::TRACE => ("TRACE", "\x1b[35m"),
        };
        if self.terminal {
            write!(out, "\x1b[2m{time}\x1b[0m {colour}{level}\x1b[0m {}", line.message)?;
            for (name, value) in line.untold() {
                write!(out, " \x1b[2m{name}=\x1b[0m{value}")?;
            }
        } else {
            write!(out, "{time} {level} {}", line.message)?;
            for (name, value) in line.untold() {
                write!(out, " {name}={value}")?;
            }
        }
        writeln!(out)
    }
}

#[derive(Default)]
struct Line {
    message: String,
    fields: Vec<(&'static str, String)>,
}

impl Line {
    fn untold(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.fields.iter().filter(|(_, v)| !self.tells(v)).map(|(n, v)| (*n, v.as_str()))
    }

    /// Whether `value` stands in the message, not as a part of a longer word or number.
    fn tells(&self, value: &str) -> bool {
        let part_of_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        self.message.match_indices(value).any(|(at, _)| {
            let (before, after) = (&self.message[..at], &self.message[at + value.len()..]);
            !part_of_word(before.chars().next_back()) && !part_of_word(after.chars().next())
        })
    }

    fn put(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let mut text = String::new();
        // Writing to a string cannot fail; a value whose own formatting fails is left as far as it came.
        let _ = Escaped(&mut text).write_fmt(value);
        if field.name() == "message" {
            self.message = text;
        } else {
            self.fields.push((field.name(), text));
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format_args!("{value:?}"));
    }
}

/// Passes text on with everything that could steer a terminal written as an escape.
struct Escaped<'a>(&'a mut String);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        for c in s.chars() {
            if is_hostile(c) {
                self.0.extend(c.escape_default());
            } else {
                self.0.push(c);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::TextFormat;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(buf)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(log: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(move || writer.clone())
            .event_format(TextFormat { terminal: false });
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_value_with_control_characters_stays_in_its_line() {
        let hostile = "gone\u{1b}[2J\nINFO forged";
        let text = logged(|| tracing::info!(detail = hostile, "endpoint {hostile} is down"));
        assert_eq!(text.matches('\n').count(), 1, "{text:?}");
        assert!(!text.contains('\u{1b}'));
        assert!(text.contains("gone\\u{1b}[2J\\nINFO forged is down"), "{text:?}");
    }

    #[test]
    fn fields_that_the_message_tells_are_not_repeated() {
        let text = logged(|| tracing::info!(request = "req-1a", status = 200, attempts = 1, "req-1a served"));
        assert!(text.ends_with(" INFO req-1a served status=200 attempts=1\n"), "{text:?}");
    }
}
