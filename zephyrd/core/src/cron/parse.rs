//! Reads the five fields.

use super::Cron;

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct CronError {
    what: String,
    /// How it could read.
    pub hint: String,
}

impl CronError {
    fn new(what: String, hint: &str) -> Self {
        Self { what, hint: hint.to_owned() }
    }

    pub(super) fn never() -> Self {
        let hint = "no such day comes in any year; `0 4 1 * *` is 04:00 on the first of each month";
        Self::new("there is no time that it matches".to_owned(), hint)
    }
}

/// One of the five.
struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    /// Names of the values from `min` on.
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { name: "minute", min: 0, max: 59, names: &[] },
    Field { name: "hour", min: 0, max: 23, names: &[] },
    Field { name: "day of the month", min: 1, max: 31, names: &[] },
    Field {
        name: "month",
        min: 1,
        max: 12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Field {
        name: "day of the week",
        min: 0,
        max: 7,
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

pub(super) fn fields(text: &str) -> Result<Cron, CronError> {
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    let [minute, hour, day, month, weekday] = parts[..] else {
        let hint = "minute, hour, day of the month, month, day of the week: `0-4 * * * *` is the first five minutes of each hour";
        return Err(CronError::new(format!("it has {} of five fields", parts.len()), hint));
    };
    let texts = [minute, hour, day, month, weekday];
    let mut bits = [0; 5];
    for (number, (text, field)) in texts.into_iter().zip(&FIELDS).enumerate() {
        bits[number] = field.bits(text).map_err(|what| field.error(number + 1, text, &what))?;
    }
    let [minutes, hours, days, months, weekdays] = bits;
    // Sunday is 0 and 7.
    let weekdays = (weekdays | weekdays >> 7) & 0x7F;
    let either_day = !day.starts_with('*') && !weekday.starts_with('*');
    Ok(Cron { minutes, hours, days, months, weekdays, either_day })
}

impl Field {
    fn error(&self, number: usize, text: &str, what: &str) -> CronError {
        let (first, last) = (self.min, self.max);
        let middle = (first + last) / 2;
        let hint = format!(
            "numbers from {first} to {last}, as in `*`, `{middle}`, `{first}-{middle}`, `*/2` or `{first},{middle}`"
        );
        let hint = match self.names {
            [] => hint,
            names => format!("{hint}; or names, as in `{}-{}`", names[1], names[4]),
        };
        CronError::new(format!("field {number} ({}), `{text}`: {what}", self.name), &hint)
    }

    fn bits(&self, text: &str) -> Result<u64, String> {
        text.split(',').try_fold(0, |bits, item| Ok(bits | self.item(item)?))
    }

    /// `*`, `5`, `1-5`, each perhaps with `/2`.
    fn item(&self, item: &str) -> Result<u64, String> {
        if item.is_empty() {
            return Err("there is nothing before or after a `,`".to_owned());
        }
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        let step = match step.map(str::parse::<u32>) {
            None => None,
            Some(Ok(step)) if (1..=self.max).contains(&step) => Some(step),
            Some(_) => return Err(format!("the step after `/` must be a number from 1 to {}", self.max)),
        };
        // Sunday twice would be one day too many of a step.
        let last = if self.max == 7 { 6 } else { self.max };
        let (from, to) = match (range, range.split_once('-')) {
            ("*", _) => (self.min, last),
            (_, Some((from, to))) => (self.value(from)?, self.value(to)?),
            (_, None) => {
                let value = self.value(range)?;
                (value, if step.is_some() { last.max(value) } else { value })
            }
        };
        if from > to {
            return Err(format!("`{range}` runs backwards"));
        }
        let values = (from..=to).step_by(step.unwrap_or(1) as usize);
        Ok(values.fold(0, |bits, value| bits | 1 << value))
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let lower = text.to_ascii_lowercase();
        if let Some(place) = self.names.iter().position(|name| *name == lower) {
            return Ok(self.min + place as u32);
        }
        match text.parse::<u32>() {
            Ok(value) if (self.min..=self.max).contains(&value) => Ok(value),
            Ok(value) => Err(format!("{value} is not from {} to {}", self.min, self.max)),
            Err(_) if text.is_empty() => Err("a number is missing".to_owned()),
            Err(_) => Err(format!("`{text}` is neither a number nor a name that is known here")),
        }
    }
}
