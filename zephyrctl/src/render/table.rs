//! Columns that fit the terminal: the flexible ones shrink, then the least important ones go.

use std::borrow::Cow;

use anstyle::Style;

use super::glyph::{DIM, paint};
use super::text::{self, clean, fit, width, wrap};

const GAP: &str = "  ";
/// How far remarks stand in.
const NOTE: &str = "     ";
const MOST_NOTE_LINES: usize = 3;

/// One column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Heading.
    pub(crate) head: Cow<'static, str>,
    /// Numbers stand at the right.
    pub(crate) right: bool,
    /// May shrink to this width; 0 = never shrinks.
    pub(crate) min: usize,
    /// Columns with the highest number go first when there is no room; 0 = never.
    pub(crate) drop: u8,
}

/// One field.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// Makes the text safe.
    pub(crate) fn new(text: impl AsRef<str>, style: Style) -> Self {
        Self { text: clean(text.as_ref()).into_owned(), style }
    }

    /// Of text that was made safe already.
    pub(crate) fn safe(text: String, style: Style) -> Self {
        Self { text, style }
    }

    pub(crate) fn plain(text: impl AsRef<str>) -> Self {
        Self::new(text, Style::new())
    }
}

/// How wide the columns are; kept while more rows come.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// `None` = left out.
    widths: Vec<Option<usize>>,
    limit: Option<usize>,
}

/// A table whose rows may have a remark beneath them.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<(Vec<Cell>, Option<Cell>)>,
}

impl Table {
    pub(crate) fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    /// Adds a row with one cell per column, and perhaps a remark on a line of its own.
    pub(crate) fn row(&mut self, cells: Vec<Cell>, below: Option<Cell>) {
        self.rows.push((cells, below));
    }

    /// The lines; `limit` is the width of the terminal, `None` = as wide as it gets.
    pub(crate) fn render(&self, limit: Option<usize>) -> String {
        let layout = self.layout(limit);
        self.head(&layout) + &self.body(&layout)
    }

    /// The headings.
    pub(crate) fn head(&self, layout: &Layout) -> String {
        let mut out = String::new();
        let heads = self.columns.iter().map(|c| Cell::new(&c.head, DIM)).collect::<Vec<_>>();
        self.line(&heads, &layout.widths, &mut out);
        out
    }

    /// The rows without the headings, in a layout that may be another table's of the same columns.
    pub(crate) fn body(&self, layout: &Layout) -> String {
        let mut out = String::new();
        for (cells, below) in &self.rows {
            self.line(cells, &layout.widths, &mut out);
            if let Some(note) = below {
                let room = layout.limit.map_or(usize::MAX, |l| l.saturating_sub(NOTE.len()));
                for (i, part) in wrap(&note.text, room, MOST_NOTE_LINES).iter().enumerate() {
                    out.push_str(if i == 0 { "   └ " } else { NOTE });
                    out.push_str(&paint(note.style, part));
                    out.push('\n');
                }
            }
        }
        out
    }

    /// How wide its columns are for these rows.
    pub(crate) fn layout(&self, limit: Option<usize>) -> Layout {
        Layout { widths: self.widths(limit), limit }
    }

    /// Width of each column; `None` = left out.
    fn widths(&self, limit: Option<usize>) -> Vec<Option<usize>> {
        let natural = |i: usize, column: &Column| {
            let cells = self.rows.iter().filter_map(|(cells, _)| cells.get(i)).map(|cell| width(&cell.text));
            cells.max().unwrap_or(0).max(width(&column.head))
        };
        let mut natural: Vec<Option<usize>> =
            self.columns.iter().enumerate().map(|(i, c)| Some(natural(i, c))).collect();
        loop {
            let mut widths = natural.clone();
            if self.shrink(&mut widths, limit.unwrap_or(usize::MAX)) {
                return widths;
            }
            let least = (0..widths.len()).filter(|i| widths.get(*i).is_some_and(Option::is_some));
            let least = least.max_by_key(|i| self.columns.get(*i).map_or(0, |c| c.drop));
            match least.and_then(|i| Some((self.columns.get(i)?.drop, natural.get_mut(i)?))) {
                Some((drop, slot)) if drop > 0 => *slot = None,
                _ => return widths,
            }
        }
    }

    /// Takes columns from the widest flexible ones until all fit; false when that is not enough.
    fn shrink(&self, widths: &mut [Option<usize>], limit: usize) -> bool {
        loop {
            let shown = widths.iter().flatten().count();
            let total = widths.iter().flatten().sum::<usize>() + GAP.len() * shown.saturating_sub(1);
            if total <= limit {
                return true;
            }
            let flexible = widths.iter_mut().zip(&self.columns).filter_map(|(width, column)| {
                let width = width.as_mut()?;
                (column.min > 0 && *width > column.min.max(text::width(&column.head))).then_some(width)
            });
            match flexible.max_by_key(|width| **width) {
                Some(width) => *width -= 1,
                None => return false,
            }
        }
    }

    fn line(&self, cells: &[Cell], widths: &[Option<usize>], out: &mut String) {
        let start = out.len();
        for ((cell, column), room) in cells.iter().zip(&self.columns).zip(widths) {
            let Some(room) = *room else { continue };
            if out.len() > start {
                out.push_str(GAP);
            }
            let text = fit(&cell.text, room);
            let pad = " ".repeat(room.saturating_sub(width(&text)));
            let painted = paint(cell.style, &text);
            if column.right {
                out.push_str(&pad);
                out.push_str(&painted);
            } else {
                out.push_str(&painted);
                out.push_str(&pad);
            }
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let column = |head: &'static str, right, min, drop| Column { head: head.into(), right, min, drop };
        let mut table = Table::new([
            column("NAME", false, 6, 0),
            column("GROUP", false, 6, 2),
            column("MS", true, 0, 1),
            column("RUN", true, 0, 0),
        ]);
        let cells = ["a-rather-long-name", "some-group", "112", "3"].map(Cell::plain);
        table.row(cells.to_vec(), Some(Cell::plain("why it is so")));
        table
    }

    fn plain(limit: Option<usize>) -> String {
        anstream::adapter::strip_str(&table().render(limit)).to_string()
    }

    #[test]
    fn everything_is_shown_where_there_is_room() {
        let shown = plain(None);
        assert_eq!(
            shown,
            "NAME                GROUP        MS  RUN\na-rather-long-name  some-group  112    3\n   └ why it is so\n"
        );
    }

    #[test]
    fn flexible_columns_shrink_before_others_go() {
        let shown = plain(Some(30));
        assert_eq!(
            shown,
            "NAME       GROUP       MS  RUN\na-rather…  some-gro…  112    3\n   └ why it is so\n"
        );
        let narrow = plain(Some(16));
        assert_eq!(narrow, "NAME     MS  RUN\na-rat…  112    3\n   └ why it is\n     so\n");
        let narrower = plain(Some(11));
        assert_eq!(narrower, "NAME    RUN\na-rat…    3\n   └ why it\n     is so\n");
    }

    #[test]
    fn wide_letters_take_two_columns() {
        let column = |head: &'static str, right, min| Column { head: head.into(), right, min, drop: 0 };
        let mut table =
            Table::new([column("端点", false, 2), column("状态", false, 0), column("延迟", true, 0)]);
        table.row(["Swift", "正常", "42 ms"].map(Cell::plain).to_vec(), None);
        table.row(["备用端点", "额度用尽", "–"].map(Cell::plain).to_vec(), None);
        let shown = |limit| anstream::adapter::strip_str(&table.render(limit)).to_string();
        assert_eq!(
            shown(None),
            "端点      状态       延迟\nSwift     正常      42 ms\n备用端点  额度用尽      –\n"
        );
        assert!(shown(Some(22)).lines().all(|line| width(line) <= 22), "{}", shown(Some(22)));
    }

    #[test]
    fn no_line_is_wider_than_asked_for() {
        for limit in 11..60 {
            assert!(plain(Some(limit)).lines().all(|line| width(line) <= limit), "at {limit}");
        }
    }
}
