//! Counts of several kinds on top of each other, over trains.

use super::area::{empty, Area};
use super::scale::Scale;
use super::style::{fill, hatches};
use crate::{Figure, Stack};

pub fn svg(figure: &Figure, stack: &Stack, number: usize) -> String {
    let ends = stack.trains.iter().flat_map(|&(first, last)| [first as f64, last as f64 + 1.0]);
    let total = |group: usize| -> f64 {
        stack.series.iter().filter_map(|series| series.counts.get(group)).map(|count| *count as f64).sum()
    };
    let y = Scale::of((0..stack.trains.len()).map(total).chain([0.0]), false);
    let (Some(x), Some(y)) = (Scale::of(ends, false), y) else { return empty(figure, number) };
    let area = Area::new(x.names(figure.x.names), y.widened());
    let mut inside = hatches(number, stack.series.len());
    let mut below = vec![0.0; stack.trains.len()];
    for (position, series) in stack.series.iter().enumerate() {
        let mut path = String::new();
        for ((&(first, last), &count), foot) in stack.trains.iter().zip(&series.counts).zip(&mut below) {
            let top = *foot + count as f64;
            let low = area.point(first as f64, *foot);
            let high = area.point(last as f64 + 1.0, top);
            *foot = top;
            if let (Some((left, low)), Some((right, high)), true) = (low, high, count > 0) {
                path.push_str(&format!("M{left:.1} {low:.1}V{high:.1}H{right:.1}V{low:.1}Z"));
            }
        }
        if !path.is_empty() {
            inside.push_str(&format!("<path {} d=\"{path}\"/>", fill(number, position)));
        }
    }
    area.svg(figure, number, &inside)
}
