//! A plot as SVG that stands in the page: its colours are the page's, light and dark, and what they say is said by dashes
//! and hatches too.
//!
//! | file | answers |
//! |---|---|
//! | `scale.rs` | where on an axis is a value, and which values are written at it? |
//! | `area.rs` | what is around every plot? |
//! | `style.rs` | how does one series look different from another? |
//! | `lines.rs`, `bars.rs`, `stack.rs`, `grid.rs` | what is inside? |

mod area;
mod bar;
mod bars;
mod grid;
mod lines;
mod scale;
mod stack;
mod style;

pub use bar::bar;
pub use style::{legend, Sample, DARK, LIGHT};

use crate::{Figure, Kind};

/// `number` tells plots of one page apart.
pub fn svg(figure: &Figure, number: usize) -> String {
    match &figure.kind {
        Kind::Lines(kind) => lines::svg(figure, kind, number),
        Kind::Bars(kind) => bars::svg(figure, kind, number),
        Kind::Stack(kind) => stack::svg(figure, kind, number),
        Kind::Grid(kind) => grid::svg(figure, kind, number),
    }
}

/// What the legend of a plot has to explain; one series needs none.
pub fn samples(figure: &Figure) -> Vec<(Sample, String)> {
    let marks = |marks: &[crate::Mark]| -> Vec<(Sample, String)> {
        marks.iter().map(|mark| (Sample::Mark, mark.name.clone())).collect()
    };
    let (mut samples, marks): (Vec<(Sample, String)>, _) = match &figure.kind {
        Kind::Lines(kind) => {
            let names = kind.series.iter().enumerate().map(|(n, series)| (Sample::Line(n), series.name.clone()));
            (names.collect(), marks(&kind.marks))
        }
        Kind::Bars(kind) => {
            let names = kind.series.iter().enumerate().map(|(n, series)| (Sample::Fill(n), series.name.clone()));
            (names.collect(), marks(&kind.marks))
        }
        Kind::Stack(kind) => {
            let names = kind.series.iter().enumerate().map(|(n, series)| (Sample::Fill(n), series.name.clone()));
            return names.collect();
        }
        Kind::Grid(_) => return Vec::new(),
    };
    if samples.len() < 2 {
        samples.clear();
    }
    samples.extend(marks);
    samples
}
