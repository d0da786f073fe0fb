//! Charts as SVG, drawn here: stacked bars and lines over days, with an axis, a title for each mark and a legend.
//!
//! Colours are classes of the style, so that they follow dark and light. What a chart shows is told in a table beside it,
//! so nothing depends on seeing it.

mod scale;

use maud::{Markup, html};

use scale::Scale;

/// Width and height of the drawing, in its own units: about a pixel each on a phone.
const SIZE: (f64, f64) = (420.0, 200.0);
/// Room for the axes: left, right, above, below.
const ROOM: (f64, f64, f64, f64) = (52.0, 16.0, 8.0, 24.0);
/// Most labels beneath the axis.
const MOST_LABELS: usize = 6;

/// What is drawn.
pub(super) struct Chart<'a> {
    /// What it is about.
    pub(super) title: &'a str,
    /// How it is drawn.
    pub(super) kind: Kind,
    /// What stands beneath the axis, one for each value of a series.
    pub(super) labels: &'a [String],
    /// What is drawn; at most six have a colour of their own.
    pub(super) series: Vec<Series>,
    /// How a value is written.
    pub(super) write: fn(f64) -> String,
}

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A bar for each label, series upon series.
    Bars,
    /// A line for each series.
    Lines,
}

/// One colour of a chart.
pub(super) struct Series {
    /// What it is.
    pub(super) name: String,
    /// One for each label; `None` where there is none.
    pub(super) values: Vec<Option<f64>>,
}

impl Chart<'_> {
    /// As markup.
    pub(super) fn draw(&self) -> Markup {
        let (width, height) = SIZE;
        let scale = Scale::up_to(self.highest());
        html! {
            figure.chart {
                figcaption { (self.title) }
                @if self.series.len() > 1 {
                    ul.legend { @for (i, series) in self.series.iter().enumerate() {
                        li { span class=(format!("swatch series-{i}")) {} (series.name) }
                    } }
                }
                svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(self.title) {
                    @for tick in scale.ticks() {
                        line.grid x1=(ROOM.0) x2=(width - ROOM.1) y1=(y(tick, &scale)) y2=(y(tick, &scale)) {}
                        text.axis x=(ROOM.0 - 6.0) y=(y(tick, &scale)) dy="0.32em" text-anchor="end" { ((self.write)(tick)) }
                    }
                    (self.names())
                    @match self.kind { Kind::Bars => (self.bars(&scale)), Kind::Lines => (self.lines(&scale)) }
                }
            }
        }
    }

    /// The highest that anything reaches.
    fn highest(&self) -> f64 {
        let at =
            |i: usize| self.series.iter().map(move |s| s.values.get(i).copied().flatten().unwrap_or(0.0));
        (0..self.labels.len())
            .map(|i| match self.kind {
                Kind::Bars => at(i).map(|v| v.max(0.0)).sum(),
                Kind::Lines => at(i).fold(0.0, f64::max),
            })
            .fold(0.0, f64::max)
    }

    /// Room for one label.
    fn step(&self) -> f64 {
        (SIZE.0 - ROOM.0 - ROOM.1) / self.labels.len().max(1) as f64
    }

    fn x(&self, i: usize) -> f64 {
        ROOM.0 + self.step() * (i as f64 + 0.5)
    }

    fn names(&self) -> Markup {
        let every = self.labels.len().div_ceil(MOST_LABELS).max(1);
        html! { @for (i, label) in self.labels.iter().enumerate().filter(|(i, _)| i % every == 0) {
            text.axis x=(round(self.x(i))) y=(SIZE.1 - 6.0) text-anchor="middle" { (brief(label)) }
        } }
    }

    fn bars(&self, scale: &Scale) -> Markup {
        let wide = (self.step() * 0.8).min(28.0);
        html! { @for (i, label) in self.labels.iter().enumerate() {
            @let parts = self.parts(i);
            @for (n, bottom, top) in parts {
                @let (above, below) = (y(top, scale), y(bottom, scale));
                rect class=(format!("series-{n}")) x=(round(self.x(i) - wide / 2.0)) width=(round(wide)) y=(above) height=(round((below - above).max(0.5))) {
                    title { (label) " · " (self.series[n].name) ": " ((self.write)(top - bottom)) }
                }
            }
        } }
    }

    /// What is stacked at one label: series, from, to.
    fn parts(&self, i: usize) -> Vec<(usize, f64, f64)> {
        let mut reached = 0.0;
        let values = self.series.iter().enumerate();
        let there =
            values.filter_map(|(n, s)| Some((n, s.values.get(i).copied().flatten().filter(|v| *v > 0.0)?)));
        there
            .map(|(n, value)| {
                let bottom = reached;
                reached += value;
                (n, bottom, reached)
            })
            .collect()
    }

    fn lines(&self, scale: &Scale) -> Markup {
        html! { @for (n, series) in self.series.iter().enumerate() {
            @for run in runs(&series.values) {
                polyline class=(format!("line series-{n}")) points=(self.points(run, &series.values, scale)) {}
            }
            @for (i, value) in series.values.iter().enumerate().filter_map(|(i, v)| Some((i, (*v)?))) {
                circle class=(format!("series-{n}")) cx=(round(self.x(i))) cy=(y(value, scale)) r="3" {
                    title { (self.labels.get(i).map_or("", String::as_str)) " · " (series.name) ": " ((self.write)(value)) }
                }
            }
        } }
    }

    fn points(&self, run: std::ops::Range<usize>, values: &[Option<f64>], scale: &Scale) -> String {
        let points = run.filter_map(|i| Some(format!("{},{}", round(self.x(i)), y(values[i]?, scale))));
        points.collect::<Vec<_>>().join(" ")
    }
}

/// Where values follow each other without a gap.
fn runs(values: &[Option<f64>]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (i, _) in values.iter().enumerate().filter(|(_, v)| v.is_some()) {
        match runs.last_mut() {
            Some(run) if run.end == i => run.end = i + 1,
            _ => runs.push(i..i + 1),
        }
    }
    runs
}

fn y(value: f64, scale: &Scale) -> f64 {
    let room = SIZE.1 - ROOM.2 - ROOM.3;
    round(ROOM.2 + room * (1.0 - (value / scale.top()).clamp(0.0, 1.0)))
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A date without its year, which the table tells.
fn brief(label: &str) -> &str {
    match label.len() {
        10 if label.is_ascii() => &label[5..],
        _ => label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart<'a>(kind: Kind, labels: &'a [String], values: &[&[Option<f64>]]) -> Chart<'a> {
        let series =
            values.iter().enumerate().map(|(i, v)| Series { name: format!("<s{i}>"), values: v.to_vec() });
        Chart { title: "t & <b>", kind, labels, series: series.collect(), write: |v| format!("{v}") }
    }

    #[test]
    fn bars_stand_on_each_other_and_each_says_what_it_is() {
        let labels = ["2026-11-20".to_owned(), "2026-11-21".to_owned()];
        let chart = chart(Kind::Bars, &labels, &[&[Some(3.0), None], &[Some(2.0), Some(4.0)]]);
        assert_eq!(chart.parts(0), [(0, 0.0, 3.0), (1, 3.0, 5.0)]);
        assert_eq!(chart.parts(1), [(1, 0.0, 4.0)]);
        let drawn = chart.draw().into_string();
        assert_eq!(drawn.matches("<rect").count(), 3);
        assert!(
            drawn.contains("<title>2026-11-20 · &lt;s1&gt;: 2</title>") && !drawn.contains("<b>"),
            "{drawn}"
        );
    }

    #[test]
    fn a_line_breaks_where_there_is_nothing() {
        let labels: Vec<String> = (0..5).map(|n| n.to_string()).collect();
        let drawn = chart(Kind::Lines, &labels, &[&[Some(1.0), Some(2.0), None, Some(3.0), None]])
            .draw()
            .into_string();
        assert_eq!((drawn.matches("<polyline").count(), drawn.matches("<circle").count()), (2, 3));
    }

    #[test]
    fn nothing_at_all_is_drawn_without_harm() {
        for kind in [Kind::Bars, Kind::Lines] {
            let drawn = chart(kind, &[], &[&[]]).draw().into_string();
            assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
        }
    }
}
