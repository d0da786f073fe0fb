//! Columns under headings, with one row selected and scrolled into sight.
//!
//! Widths depend on the screen alone, never on what the rows hold, so that nothing jumps when rows come and go. What does not
//! fit is cut with `…`; columns that matter least go first.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::render::text::{fit, width};

/// One column.
pub(super) struct Column<'a> {
    pub(super) head: Cow<'a, str>,
    /// Numbers stand at the right.
    pub(super) right: bool,
    /// Least width.
    pub(super) least: u16,
    /// Width that it may grow to.
    pub(super) most: u16,
    /// Columns with the highest number go first; 0 = never.
    pub(super) drop: u8,
    /// What does not fit is left out at the beginning.
    pub(super) tail: bool,
}

impl<'a> Column<'a> {
    pub(super) fn fixed(head: impl Into<Cow<'a, str>>, width: u16) -> Self {
        Self { head: head.into(), right: false, least: width, most: width, drop: 0, tail: false }
    }

    pub(super) fn number(head: impl Into<Cow<'a, str>>, width: u16) -> Self {
        Self { right: true, ..Self::fixed(head, width) }
    }

    pub(super) fn text(head: impl Into<Cow<'a, str>>, least: u16, most: u16) -> Self {
        Self { most, ..Self::fixed(head, least) }
    }

    pub(super) fn newest(self) -> Self {
        Self { tail: true, ..self }
    }

    pub(super) fn dropped(self, drop: u8) -> Self {
        Self { drop, ..self }
    }
}

/// A field whose text is safe for a terminal.
pub(super) type Cell = (String, Style);

/// What is drawn.
pub(super) struct Grid<'a> {
    pub(super) columns: Vec<Column<'a>>,
    pub(super) total: usize,
    /// Row that is selected; drawn as such where the grid has the keys.
    pub(super) cursor: usize,
    pub(super) focused: bool,
}

impl Grid<'_> {
    /// Draws the headings and as many rows as there is room for.
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, row: impl Fn(usize) -> Vec<Cell>) {
        let gap = gap(area.width);
        let widths = self.widths(area.width, gap);
        let dim = Style::new().add_modifier(Modifier::DIM);
        let heads = self.columns.iter().map(|c| (c.head.clone().into_owned(), dim)).collect();
        self.line(frame, area, 0, &widths, gap, heads);
        let room = usize::from(area.height.saturating_sub(1));
        let first = first(self.cursor, self.total, room);
        for (line, index) in (1..area.height).zip(first..self.total) {
            self.line(frame, area, line, &widths, gap, row(index));
            if self.focused && index == self.cursor {
                let whole = Rect { y: area.y + line, height: 1, ..area };
                frame.buffer_mut().set_style(whole, Style::new().add_modifier(Modifier::REVERSED));
            }
        }
    }

    /// Draws one more line in the same columns.
    pub(super) fn foot(&self, frame: &mut Frame<'_>, area: Rect, cells: Vec<Cell>) {
        let gap = gap(area.width);
        self.line(frame, area, 0, &self.widths(area.width, gap), gap, cells);
    }

    fn line(&self, frame: &mut Frame<'_>, area: Rect, line: u16, widths: &[u16], gap: u16, cells: Vec<Cell>) {
        if line >= area.height {
            return;
        }
        let mut x = area.x;
        for ((column, room), (text, style)) in self.columns.iter().zip(widths).zip(cells) {
            if *room == 0 || x >= area.right() {
                continue;
            }
            let room = usize::from(*room);
            let text = if column.tail {
                let less = text.chars().count().saturating_sub(room);
                text.chars().skip(less).collect()
            } else {
                fit(&text, room)
            };
            let room = u16::try_from(room).unwrap_or(u16::MAX);
            let free = room.saturating_sub(u16::try_from(width(&text)).unwrap_or(u16::MAX));
            let at = if column.right { x + free } else { x };
            let most = usize::from(area.right().saturating_sub(at));
            frame.buffer_mut().set_stringn(at, area.y + line, text, most, style);
            x = x.saturating_add(room + gap);
        }
    }

    /// Width of each column; 0 = left out.
    fn widths(&self, room: u16, gap: u16) -> Vec<u16> {
        let mut widths: Vec<u16> = self.columns.iter().map(|c| c.least).collect();
        let taken = |widths: &[u16]| {
            let shown = widths.iter().filter(|w| **w > 0).count();
            let gaps = usize::from(gap) * shown.saturating_sub(1);
            widths.iter().map(|w| usize::from(*w)).sum::<usize>() + gaps
        };
        while taken(&widths) > usize::from(room) {
            let shown = widths.iter_mut().zip(&self.columns).filter(|(w, c)| **w > 0 && c.drop > 0);
            match shown.max_by_key(|(_, c)| c.drop) {
                Some((width, _)) => *width = 0,
                None => return widths,
            }
        }
        let mut free = usize::from(room) - taken(&widths);
        while free > 0 {
            let growing = widths.iter_mut().zip(&self.columns).filter(|(w, c)| **w > 0 && **w < c.most);
            let Some((width, _)) = growing.min_by_key(|(w, c)| u32::from(**w) * 1000 / u32::from(c.most))
            else {
                break;
            };
            *width += 1;
            free -= 1;
        }
        widths
    }
}

/// Columns between columns.
fn gap(width: u16) -> u16 {
    if width >= 100 { 2 } else { 1 }
}

/// The first row that is shown, so that the cursor is in the middle where there is more on both sides.
pub(super) fn first(cursor: usize, total: usize, room: usize) -> usize {
    cursor.saturating_sub(room / 2).min(total.saturating_sub(room))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid<'static> {
        let columns = vec![
            Column::fixed("A", 4),
            Column::text("B", 6, 20),
            Column::number("C", 5).dropped(1),
            Column::text("D", 6, 10).dropped(2),
        ];
        Grid { columns, total: 100, cursor: 0, focused: true }
    }

    #[test]
    fn columns_go_before_they_are_too_narrow_and_grow_where_there_is_room() {
        assert_eq!(grid().widths(80, 1), [4, 20, 5, 10]);
        assert_eq!(grid().widths(30, 1), [4, 12, 5, 6]);
        assert_eq!(grid().widths(20, 1), [4, 9, 5, 0]);
        assert_eq!(grid().widths(12, 1), [4, 7, 0, 0]);
        assert_eq!(grid().widths(3, 1), [4, 6, 0, 0]);
    }

    #[test]
    fn the_cursor_is_always_in_sight() {
        for (total, room) in [(100, 10), (5, 10), (10, 10), (11, 10), (100, 1), (0, 3), (3, 0)] {
            for cursor in 0..total {
                let first = first(cursor, total, room);
                assert!(room == 0 || (first..first + room).contains(&cursor), "{cursor} {total} {room}");
                assert!(total < room || first <= total - room.min(total));
            }
        }
    }
}
