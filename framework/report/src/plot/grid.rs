//! Values over trains and a second axis as colours: a picture among axes, with its bar.

use super::area::{empty, Area, BOTTOM, LEFT, RIGHT, TOP};
use super::bar::bar;
use super::scale::Scale;
use crate::pictures::{colours_of, Scale as ColourScale, GAP};
use crate::{Figure, Grid};

/// Most numbers that are drawn.
const MOST: usize = 1 << 20;

pub fn svg(figure: &Figure, grid: &Grid, number: usize) -> String {
    let (columns, rows) = (grid.at.len(), grid.trains.len());
    let ends = grid.trains.iter().flat_map(|&(first, last)| [first as f64, last as f64 + 1.0]);
    let (Some(x), Some(y)) = (Scale::of(grid.at.iter().copied(), figure.x.log), Scale::of(ends, false)) else {
        return empty(figure, number);
    };
    if columns * rows != grid.values.len() || columns * rows > MOST {
        return empty(figure, number);
    }
    // no value is nothing, not a bad pixel
    let blank = |value: &f64| if value.is_finite() { *value as f32 } else { GAP };
    let values: Vec<f32> = grid.values.iter().map(blank).collect();
    let Some(scale) = ColourScale::of([values.as_slice()]) else { return empty(figure, number) };
    let Some(png) = colours_of(&values, (columns, rows), &scale) else { return empty(figure, number) };
    // the first train at the top
    let mut area = Area::new(x, y.names(figure.y.names));
    area.y = area.y.between(TOP, BOTTOM);
    let inside = format!(
        "<image x=\"{LEFT}\" y=\"{TOP}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" class=\"pixels\" \
         href=\"data:image/png;base64,{png}\"/>",
        RIGHT - LEFT,
        BOTTOM - TOP
    );
    let bar = bar(&scale, &format!("w{number}"));
    format!("{}{bar}", area.svg(figure, number, &inside))
}
