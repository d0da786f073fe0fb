//! The command line's colours and painted texts, as the screen takes them.

use anstyle::{AnsiColor, Color as Ansi, Effects, Style as Painted};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

/// A style of the command line; without its colour where none are wanted.
pub(crate) fn style(painted: Painted, colours: bool) -> Style {
    let mut style = Style::new();
    if let Some(Ansi::Ansi(colour)) = painted.get_fg_color().filter(|_| colours) {
        style = style.fg(self::colour(colour));
    }
    if painted.get_effects().contains(Effects::BOLD) {
        style = style.add_modifier(Modifier::BOLD);
    }
    if painted.get_effects().contains(Effects::DIMMED) {
        style = style.add_modifier(Modifier::DIM);
    }
    style
}

fn colour(colour: AnsiColor) -> Color {
    match colour {
        AnsiColor::Red => Color::Red,
        AnsiColor::Green => Color::Green,
        AnsiColor::Yellow => Color::Yellow,
        AnsiColor::Blue => Color::Blue,
        AnsiColor::Magenta => Color::Magenta,
        AnsiColor::Cyan => Color::Cyan,
        _ => Color::Reset,
    }
}

/// Lines of a text that the command line has painted: everything in it was made safe before, so an escape can only be a
/// colour of ours.
pub(crate) fn lines(painted: &str, colours: bool) -> Vec<Line<'static>> {
    let mut style = Style::new();
    painted.lines().map(|text| line(text, colours, &mut style)).collect()
}

fn line(text: &str, colours: bool, style: &mut Style) -> Line<'static> {
    let mut spans = Vec::new();
    let mut pieces = text.split('\u{1b}');
    let first = pieces.next().unwrap_or_default();
    spans.push(Span::styled(first.to_owned(), *style));
    for piece in pieces {
        let Some((codes, rest)) = piece.strip_prefix('[').and_then(|piece| piece.split_once('m')) else {
            continue;
        };
        for code in codes.split(';') {
            *style = apply(*style, code, colours);
        }
        spans.push(Span::styled(rest.to_owned(), *style));
    }
    spans.retain(|span| !span.content.is_empty());
    Line::from(spans)
}

fn apply(style: Style, code: &str, colours: bool) -> Style {
    let fg = |colour| if colours { style.fg(colour) } else { style };
    match code {
        "" | "0" => Style::new(),
        "1" => style.add_modifier(Modifier::BOLD),
        "2" => style.add_modifier(Modifier::DIM),
        "31" => fg(Color::Red),
        "32" => fg(Color::Green),
        "33" => fg(Color::Yellow),
        _ => style,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::glyph::{BAD, BOLD, paint};

    #[test]
    fn painted_texts_keep_their_colours_and_lose_their_escapes() {
        let text = format!("a {} b\n{}", paint(BAD, "red"), paint(BOLD, "strong"));
        let lines = lines(&text, true);
        assert_eq!(lines[0].to_string(), "a red b");
        assert_eq!(lines[0].spans[1], Span::styled("red", Style::new().fg(Color::Red)));
        assert_eq!(lines[0].spans[2], Span::raw(" b"));
        assert_eq!(lines[1].spans[0], Span::styled("strong", Style::new().add_modifier(Modifier::BOLD)));
    }

    #[test]
    fn without_colours_only_weights_are_left() {
        let lines = lines(&paint(BAD.bold(), "x"), false);
        assert_eq!(lines[0].spans[0], Span::styled("x", Style::new().add_modifier(Modifier::BOLD)));
    }
}
