//! Counts between edges, one kind in front of the other, and limits between them.

use super::area::{empty, Area, BOTTOM, TOP};
use super::scale::Scale;
use super::style::{fill, hatches};
use crate::{Bars, Figure};

/// What a bar stands on where the axis is logarithmic.
const BELOW_ONE: f64 = 0.7;

pub fn svg(figure: &Figure, bars: &Bars, number: usize) -> String {
    let marks = bars.marks.iter().map(|mark| mark.at);
    let x = Scale::of(bars.edges.iter().copied().chain(marks), figure.x.log);
    let counts = bars.series.iter().flat_map(|series| &series.counts).map(|count| *count as f64);
    let foot = if figure.y.log { BELOW_ONE } else { 0.0 };
    let y = Scale::of(counts.chain([foot]), figure.y.log);
    let (Some(x), Some(y)) = (x, y) else { return empty(figure, number) };
    let area = Area::new(x, y.widened());
    let mut inside = hatches(number, bars.series.len());
    // the tallest stands behind
    let mut order: Vec<usize> = (0..bars.series.len()).collect();
    let tallest = |at: &usize| bars.series.get(*at).and_then(|series| series.counts.iter().max().copied());
    order.sort_by_key(|at| std::cmp::Reverse(tallest(at)));
    for position in order {
        let Some(series) = bars.series.get(position) else { continue };
        let mut path = String::new();
        for (edges, &count) in bars.edges.windows(2).zip(&series.counts) {
            let height = if count == 0 { BOTTOM } else { area.y.place(count as f64).unwrap_or(BOTTOM) };
            let (Some(left), Some(right)) = (area.x.place(edges[0]), area.x.place(edges[1])) else { continue };
            if path.is_empty() {
                path.push_str(&format!("M{left:.1} {BOTTOM}"));
            }
            path.push_str(&format!("V{height:.1}H{right:.1}"));
        }
        inside.push_str(&format!("<path {} d=\"{path}V{BOTTOM}Z\"/>", fill(number, position)));
    }
    for mark in bars.marks.iter().filter(|mark| area.x.holds(mark.at)) {
        let Some(at) = area.x.place(mark.at) else { continue };
        inside.push_str(&format!("<path class=\"mark\" d=\"M{at:.1} {TOP}V{BOTTOM}\"/>"));
    }
    area.svg(figure, number, &inside)
}
