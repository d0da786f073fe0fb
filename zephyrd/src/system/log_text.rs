//! The log as text: time, level, message, and the fields that the message does not tell already.
//!
//! Whatever stands in a value, a line of the log stays one line and moves no terminal.

use std::cell::{Cell, RefCell};
use std::fmt::{self, Write};
use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::text::{is_hostile, is_plain};

/// Memory for a line that is kept for the next.
const LINE_KEPT: usize = 4 * 1024;

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
        let mut line = LINE.take();
        event.record(&mut line);
        let written = self.write(&mut line, *event.metadata().level(), &mut out);
        line.clear();
        LINE.set(line);
        written
    }
}

thread_local! {
    /// The line that this thread wrote last: its memory is used again.
    static LINE: Cell<Line> = const { Cell::new(Line::new()) };
    /// The second that this thread wrote last.
    static SECOND: RefCell<Second> = const { RefCell::new(Second { unix: i64::MIN, begin: String::new(), end: String::new() }) };
}

impl TextFormat {
    fn write(&self, line: &mut Line, level: Level, out: &mut Writer<'_>) -> fmt::Result {
        let (level, colour) = match level {
            Level::ERROR => ("ERROR", "\x1b[31m"),
            Level::WARN => (" WARN", "\x1b[33m"),
            Level::INFO => (" INFO", "\x1b[32m"),
            Level::DEBUG => ("DEBUG", "\x1b[34m"),
            Level::TRACE => ("TRACE", "\x1b[35m"),
        };
        let now = Timestamp::now();
        let mut whole = std::mem::take(&mut line.whole);
        if self.terminal {
            let time = now.to_zoned(TimeZone::system());
            let time = time.strftime("%H:%M:%S%.3f");
            write!(whole, "\x1b[2m{time}\x1b[0m {colour}{level}\x1b[0m ")?;
        } else {
            let millis = now.subsec_millisecond();
            SECOND.with_borrow_mut(|second| {
                second.become_that_of(now);
                write!(whole, "{}.{millis:03}{} {level} ", second.begin, second.end)
            })?;
        }
        whole.push_str(line.message());
        let (before, after) = if self.terminal { (" \x1b[2m", "=\x1b[0m") } else { (" ", "=") };
        for (name, value) in line.untold() {
            [before, name, after, value].into_iter().for_each(|part| whole.push_str(part));
        }
        whole.push('\n');
        // In one piece: whatever passes text on through a formatter is asked for each.
        let written = out.write_str(&whole);
        line.whole = whole;
        written
    }
}

/// How a second is written: formatting the time costs more than all the rest of a line.
struct Second {
    unix: i64,
    begin: String,
    end: String,
}

impl Second {
    fn become_that_of(&mut self, now: Timestamp) {
        if self.unix != now.as_second() {
            let time = now.to_zoned(TimeZone::system());
            self.begin = time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
            self.end = time.strftime("%:z").to_string();
            self.unix = now.as_second();
        }
    }
}

/// Letters and digits of ASCII.
const IN_WORDS: [bool; 256] = {
    let (mut all, mut byte) = ([false; 256], 0u8);
    while byte < 128 {
        all[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    all
};

/// Message and fields, one after the other in one text.
#[derive(Default)]
struct Line {
    text: String,
    message: Range<usize>,
    /// Where words of the message may begin: behind all that is neither a letter nor a digit.
    begins: Vec<usize>,
    /// The bytes there.
    firsts: Vec<u8>,
    fields: Vec<(&'static str, Range<usize>)>,
    /// As it is written.
    whole: String,
}

impl Line {
    const fn new() -> Self {
        Self {
            text: String::new(),
            message: 0..0,
            begins: Vec::new(),
            firsts: Vec::new(),
            fields: Vec::new(),
            whole: String::new(),
        }
    }

    fn clear(&mut self) {
        for text in [&mut self.text, &mut self.whole] {
            text.clear();
            text.shrink_to(LINE_KEPT);
        }
        self.message = 0..0;
        self.begins.clear();
        self.begins.shrink_to(LINE_KEPT);
        self.firsts.clear();
        self.firsts.shrink_to(LINE_KEPT);
        self.fields.clear();
    }

    fn message(&self) -> &str {
        &self.text[self.message.clone()]
    }

    fn untold(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let fields = self.fields.iter().map(|(name, at)| (*name, &self.text[at.clone()]));
        fields.filter(|(_, value)| !self.tells(value))
    }

    /// Whether `value` stands in the message, not as a part of a longer word or number.
    fn tells(&self, value: &str) -> bool {
        let Some(first) = value.bytes().next() else { return true };
        let message = self.message();
        memchr::memchr_iter(first, &self.firsts).map(|word| self.begins[word]).any(|at| {
            message[at..].starts_with(value)
                && !message[at + value.len()..].starts_with(char::is_alphanumeric)
        })
    }

    /// Finds where words of the message may begin.
    fn find_words(&mut self) {
        let message = &self.text[self.message.clone()];
        self.begins.clear();
        self.firsts.clear();
        if message.is_ascii() {
            // The same for most messages, and quicker: nothing depends on what the last byte was.
            self.begins.resize(message.len(), 0);
            self.firsts.resize(message.len(), 0);
            let (mut words, mut inside) = (0, false);
            for (at, byte) in message.bytes().enumerate() {
                (self.begins[words], self.firsts[words]) = (at, byte);
                words += usize::from(!inside);
                inside = IN_WORDS[usize::from(byte)];
            }
            self.begins.truncate(words);
            self.firsts.truncate(words);
        } else {
            let mut inside = false;
            for (at, c) in message.char_indices() {
                if !inside {
                    self.begins.push(at);
                    self.firsts.push(message.as_bytes()[at]);
                }
                inside = c.is_alphanumeric();
            }
        }
    }

    fn put(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let start = self.text.len();
        // Writing to a string cannot fail; a value whose own formatting fails is left as far as it came.
        let _ = Escaped(&mut self.text).write_fmt(value);
        self.end(field, start);
    }

    fn end(&mut self, field: &Field, start: usize) {
        let range = start..self.text.len();
        if field.name() == "message" {
            self.message = range;
            self.find_words();
        } else {
            self.fields.push((field.name(), range));
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        let start = self.text.len();
        // As above: cannot fail.
        let _ = Escaped(&mut self.text).write_str(value);
        self.end(field, start);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        let start = self.text.len();
        self.text.push_str(itoa::Buffer::new().format(value));
        self.end(field, start);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        let start = self.text.len();
        self.text.push_str(itoa::Buffer::new().format(value));
        self.end(field, start);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        let start = self.text.len();
        self.text.push_str(if value { "true" } else { "false" });
        self.end(field, start);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format_args!("{value:?}"));
    }
}

/// Passes text on with everything that could steer a terminal written as an escape.
struct Escaped<'a>(&'a mut String);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        if is_plain(s) {
            self.0.push_str(s);
            return Ok(());
        }
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
    fn a_part_of_a_longer_word_tells_nothing() {
        let text = logged(|| {
            tracing::info!(a = "über", b = "b", c = "c", d = "/v1", "grüber über xb c2: x/v1 /v1 ü")
        });
        assert!(text.ends_with(" ü b=b c=c\n"), "{text:?}");
    }

    #[test]
    fn fields_that_the_message_tells_are_not_repeated() {
        let text = logged(|| tracing::info!(request = "req-1a", status = 200, attempts = 1, "req-1a served"));
        assert!(text.ends_with(" INFO req-1a served status=200 attempts=1\n"), "{text:?}");
    }
}
