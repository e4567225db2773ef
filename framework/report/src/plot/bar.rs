//! The bar beside colours: which one stands for which value.

use crate::escape::escape;
use crate::pictures::{gradient, Scale};
use trainyard_engine::algorithm::figures;

/// `id` tells the bars of one page apart.
pub fn bar(scale: &Scale, id: &str) -> String {
    let stops: String = gradient()
        .iter()
        .map(|(share, [r, g, b])| format!("<stop offset=\"{share:.3}\" stop-color=\"#{r:02x}{g:02x}{b:02x}\"/>"))
        .collect();
    let mut ticks = String::new();
    let all = scale.ticks();
    for (position, value) in all.iter().enumerate() {
        let at = 4.0 + 392.0 * scale.place(*value);
        let anchor = match position {
            0 => "start",
            last if last + 1 == all.len() => "end",
            _ => "middle",
        };
        ticks.push_str(&format!(
            "<path class=\"axis\" d=\"M{at:.1} 20v5\"/><text x=\"{at:.1}\" y=\"40\" text-anchor=\"{anchor}\">{}</text>",
            escape(&figures(*value))
        ));
    }
    format!(
        "<svg class=\"scale\" viewBox=\"0 0 400 46\" role=\"img\" aria-label=\"colours from {} to {}, dark to bright\">\
         <defs><linearGradient id=\"{id}\">{stops}</linearGradient></defs>\
         <rect x=\"4\" y=\"2\" width=\"392\" height=\"18\" fill=\"url(#{id})\"/>{ticks}</svg>",
        escape(&figures(scale.low)),
        escape(&figures(scale.high)),
    )
}
