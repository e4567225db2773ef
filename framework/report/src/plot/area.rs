//! What is around every plot: axes, ticks, labels, and the text for those who do not see it.

use super::scale::Scale;
use crate::escape::escape;
use crate::{Axis, Figure};

pub const WIDTH: f64 = 640.0;
pub const HEIGHT: f64 = 300.0;
pub const LEFT: f64 = 86.0;
pub const RIGHT: f64 = 626.0;
pub const TOP: f64 = 14.0;
pub const BOTTOM: f64 = 240.0;

pub struct Area {
    pub x: Scale,
    pub y: Scale,
}

impl Area {
    pub fn new(x: Scale, y: Scale) -> Self {
        Area { x: x.between(LEFT, RIGHT), y: y.between(BOTTOM, TOP) }
    }

    pub fn point(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        Some((self.x.place(x)?, self.y.place(y)?))
    }

    /// The whole plot around what is `inside`.
    pub fn svg(&self, figure: &Figure, number: usize, inside: &str) -> String {
        let mut around = String::new();
        for (at, text) in self.y.ticks() {
            around.push_str(&format!("<path class=\"grid\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/>"));
            around.push_str(&format!(
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 7.0,
                at + 5.0,
                escape(&text)
            ));
        }
        let ticks = self.x.ticks();
        for (position, (at, text)) in ticks.iter().enumerate() {
            // a long number at an end stays inside
            let room = text.chars().count() as f64 * 5.0;
            let anchor = match position {
                0 if at - room < 4.0 => "start",
                last if last + 1 == ticks.len() && at + room > WIDTH - 4.0 => "end",
                _ => "middle",
            };
            around.push_str(&format!("<path class=\"axis\" d=\"M{at:.1} {BOTTOM}v5\"/>"));
            around.push_str(&format!(
                "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
                BOTTOM + 22.0,
                escape(text)
            ));
        }
        around.push_str(&format!("<path class=\"axis\" d=\"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}\"/>"));
        around.push_str(&labels(figure));
        whole(figure, number, &format!("{around}{inside}"))
    }
}

fn labels(figure: &Figure) -> String {
    let (middle, centre) = ((LEFT + RIGHT) / 2.0, (TOP + BOTTOM) / 2.0);
    format!(
        "<text class=\"label\" x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>\
         <text class=\"label\" transform=\"translate(17 {centre}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        HEIGHT - 8.0,
        escape(&name(&figure.x)),
        escape(&name(&figure.y))
    )
}

/// `q in 1/nm`
fn name(axis: &Axis) -> String {
    match axis.unit.as_str() {
        "" => axis.label.clone(),
        unit => format!("{} ({unit})", axis.label),
    }
}

pub fn whole(figure: &Figure, number: usize, inside: &str) -> String {
    format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"t{number} d{number}\">\
         <title id=\"t{number}\">{}</title><desc id=\"d{number}\">{}</desc>{inside}</svg>",
        escape(&figure.title),
        escape(&figure.says)
    )
}

/// Nothing can be drawn.
pub fn empty(figure: &Figure, number: usize) -> String {
    let (middle, centre) = (WIDTH / 2.0, HEIGHT / 2.0);
    whole(figure, number, &format!("<text x=\"{middle}\" y=\"{centre}\" text-anchor=\"middle\">no values</text>"))
}
