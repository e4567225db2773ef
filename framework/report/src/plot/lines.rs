//! Curves, each with what lies behind its means, and limits across.

use super::area::{empty, Area, LEFT, RIGHT};
use super::scale::Scale;
use super::style::line;
use crate::{Figure, Lines, Series};

/// Points that are drawn one by one.
const FEW: usize = 80;

pub fn svg(figure: &Figure, lines: &Lines, number: usize) -> String {
    let x = Scale::of(lines.at.iter().copied(), figure.x.log);
    let values = lines.series.iter().flat_map(|s| s.mean.iter().chain(&s.least).chain(&s.greatest));
    // a limit far from all values would flatten them
    let alone = Scale::of(values.clone().copied(), figure.y.log);
    let near = |at: f64| alone.as_ref().is_some_and(|scale| scale.clone().widened().holds(at) || far(lines, at) < 3.0);
    let marks = lines.marks.iter().map(|mark| mark.at).filter(|at| near(*at));
    // a share is seen against nothing
    let nought = (figure.y.unit == "%").then_some(0.0);
    let y = Scale::of(values.copied().chain(marks).chain(nought), figure.y.log);
    let (Some(x), Some(y)) = (x, y) else { return empty(figure, number) };
    let area = Area::new(x.names(figure.x.names), y.widened());
    let mut inside = String::new();
    for (position, series) in lines.series.iter().enumerate() {
        inside.push_str(&band(&area, &lines.at, series, position));
    }
    for (position, series) in lines.series.iter().enumerate() {
        inside.push_str(&curve(&area, &lines.at, series, position));
    }
    for mark in lines.marks.iter().filter(|mark| area.y.holds(mark.at)) {
        let Some(at) = area.y.place(mark.at) else { continue };
        inside.push_str(&format!("<path class=\"mark\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/>"));
    }
    area.svg(figure, number, &inside)
}

/// How far a limit lies beyond the values, in spans of them.
fn far(lines: &Lines, at: f64) -> f64 {
    let values = lines.series.iter().flat_map(|s| s.mean.iter().chain(&s.least).chain(&s.greatest)).copied();
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    (at - high).max(low - at) / (high - low).max(f64::MIN_POSITIVE)
}

fn band(area: &Area, at: &[f64], series: &Series, position: usize) -> String {
    let both = at.iter().zip(series.least.iter().zip(&series.greatest));
    let mut path = String::new();
    let mut above: Vec<(f64, f64)> = Vec::new();
    let mut below: Vec<(f64, f64)> = Vec::new();
    let mut close = |above: &mut Vec<(f64, f64)>, below: &mut Vec<(f64, f64)>| {
        below.reverse();
        let points: Vec<String> =
            above.drain(..).chain(below.drain(..)).map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        if points.len() > 2 {
            path.push_str(&format!("M{}Z", points.join("L")));
        }
    };
    for (&x, (&least, &greatest)) in both {
        // below a logarithmic axis there is nothing to see
        let floor = if least.is_finite() && area.y.place(least).is_none() { area.y.low() } else { least };
        match (area.point(x, greatest), area.point(x, floor)) {
            (Some(high), Some(low)) => {
                above.push(high);
                below.push(low);
            }
            _ => close(&mut above, &mut below),
        }
    }
    close(&mut above, &mut below);
    match path.is_empty() {
        true => path,
        false => format!("<path class=\"band s{}\" d=\"{path}\"/>", position % 8),
    }
}

fn curve(area: &Area, at: &[f64], series: &Series, position: usize) -> String {
    let points: Vec<Option<(f64, f64)>> = at.iter().zip(&series.mean).map(|(&x, &y)| area.point(x, y)).collect();
    let mut path = String::new();
    let mut drawing = false;
    for point in &points {
        if let Some((x, y)) = point {
            path.push_str(&format!("{}{x:.1} {y:.1}", if drawing { 'L' } else { 'M' }));
        }
        drawing = point.is_some();
    }
    let mut out = format!("<path {} d=\"{path}\"/>", line(position));
    if points.len() <= FEW {
        for (x, y) in points.iter().flatten() {
            out.push_str(&format!("<circle class=\"dot s{}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.2\"/>", position % 8));
        }
    }
    if path.is_empty() {
        String::new()
    } else {
        out
    }
}
