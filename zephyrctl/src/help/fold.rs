//! Long lines folded to a width, also where there is no blank to break at, as in Chinese.
//!
//! The rest of a line stands under the column in which its text begins. Words of Latin letters stay whole, and marks
//! that close stay with what they close. Colours take no room.

use unicode_width::UnicodeWidthChar;

/// Marks that no line begins with.
const CLOSING: &str = "，。；：、！？）》」』】…";
/// Marks that no line ends with.
const OPENING: &str = "（《「『【";

/// The text with every line at most `limit` columns wide, where that is possible.
pub(super) fn lines(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        line_into(line, limit, &mut out);
        out.push_str(end);
    }
    out
}

fn line_into(line: &str, limit: usize, out: &mut String) {
    let units = units(line);
    if units.iter().map(|unit| unit.width).sum::<usize>() <= limit {
        out.push_str(line);
        return;
    }
    let hang = hang(&units).min(limit * 2 / 3);
    let mut used = 0;
    for unit in units {
        if used + unit.width > limit && used > hang {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            out.push_str(&" ".repeat(hang));
            used = hang;
            if unit.blank {
                continue;
            }
        }
        out.push_str(&unit.text);
        used += unit.width;
    }
}

/// What is not broken up.
#[derive(Default)]
struct Unit {
    text: String,
    width: usize,
    blank: bool,
}

fn units(line: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let (mut escape, mut glued) = (false, false);
    for c in line.chars() {
        let wide = c.width() == Some(2);
        let joins = match units.last() {
            _ if escape || c == '\u{1b}' => !units.is_empty(),
            None => false,
            Some(last) if c == ' ' => last.blank,
            Some(last) => !last.blank && (glued || CLOSING.contains(c) || !wide && !ends_wide(&last.text)),
        };
        if !joins {
            units.push(Unit { blank: c == ' ', ..Unit::default() });
        }
        if let Some(last) = units.last_mut() {
            last.text.push(c);
            let colour = escape || c == '\u{1b}';
            last.width += if colour { 0 } else { c.width().unwrap_or(0) };
            escape = if escape { c != 'm' } else { c == '\u{1b}' };
        }
        glued = OPENING.contains(c);
    }
    units
}

fn ends_wide(text: &str) -> bool {
    text.chars().next_back().and_then(UnicodeWidthChar::width) == Some(2)
}

/// Where the text of a line begins: after the last wide gap, else after the indentation.
fn hang(units: &[Unit]) -> usize {
    let mut column = 0;
    let mut found = 0;
    for (i, unit) in units.iter().enumerate() {
        column += unit.width;
        if unit.blank && (i == 0 || unit.width > 1 && i + 1 < units.len()) {
            found = column;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_as_it_is() {
        assert_eq!(lines("  -h  帮助\n\nabc\n", 10), "  -h  帮助\n\nabc\n");
    }

    #[test]
    fn chinese_is_folded_between_letters_and_marks_stay() {
        assert_eq!(lines("一二三四，五六", 8), "一二三\n四，五六");
        assert_eq!(lines("  --x  一二三 four 五六", 13), "  --x  一二三\n       four\n       五六");
        assert_eq!(lines("一二三（四）五", 8), "一二三\n（四）五");
    }

    #[test]
    fn colours_take_no_room() {
        assert_eq!(lines("\u{1b}[1m一二\u{1b}[0m三", 6), "\u{1b}[1m一二\u{1b}[0m三");
    }

    #[test]
    fn no_line_is_wider_where_that_is_possible() {
        let text = "  -n, --limit <数量>  显示多少个过去的请求；0 = 全部，与 `--follow` 一起使用时不显示 [默认值：50]\n";
        for limit in 30..90 {
            for line in lines(text, limit).lines() {
                assert!(crate::render::text::width(line) <= limit, "{limit}: {line}");
            }
        }
    }
}
