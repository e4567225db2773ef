//! How one series looks different from another: by colour, and by dashes or hatches for those who see none.

use crate::escape::escape;

/// Looks that differ; more series begin again.
const LOOKS: usize = 8;
/// SVG's dashes of lines.
const DASHES: [&str; LOOKS] = ["", "7 3", "2 3", "9 3 2 3", "12 4", "4 4", "9 2 2 2 2 2", "1 5"];
/// Hatches as paths in a square of 8.
const HATCHES: [&str; LOOKS] = [
    "",
    "M0 8L8 0M-2 2L2 -2M6 10L10 6",
    "M0 0L8 8M-2 6L2 10M6 -2L10 2",
    "M0 4H8",
    "M4 0V8",
    "M0 4H8M4 0V8",
    "M2 2h1M6 6h1",
    "M0 8L8 0M0 0L8 8",
];

pub fn line(number: usize) -> String {
    let number = number % LOOKS;
    match DASHES[number] {
        "" => format!("class=\"line s{number}\""),
        dashes => format!("class=\"line s{number}\" stroke-dasharray=\"{dashes}\""),
    }
}

/// Definitions for `fill` in a plot.
pub fn hatches(plot: usize, count: usize) -> String {
    let one = |number: usize| {
        let hatch = HATCHES[number];
        let path =
            if hatch.is_empty() { String::new() } else { format!("<path class=\"hatch s{number}\" d=\"{hatch}\"/>") };
        format!(
            "<pattern id=\"h{plot}-{number}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
             <rect class=\"ground s{number}\" width=\"8\" height=\"8\"/>{path}</pattern>"
        )
    };
    format!("<defs>{}</defs>", (0..count.min(LOOKS)).map(one).collect::<String>())
}

pub fn fill(plot: usize, number: usize) -> String {
    let number = number % LOOKS;
    format!("class=\"fill s{number}\" fill=\"url(#h{plot}-{number})\"")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    Line(usize),
    Fill(usize),
    Mark,
}

/// The legend below a plot.
pub fn legend(samples: &[(Sample, String)], plot: usize) -> String {
    if samples.is_empty() {
        return String::new();
    }
    let entry = |(sample, name): &(Sample, String)| {
        let shown = match sample {
            Sample::Line(number) => format!("<path d=\"M1 7H35\" {}/>", line(*number)),
            Sample::Fill(number) => {
                format!("<rect x=\"1\" y=\"1\" width=\"34\" height=\"12\" {}/>", fill(plot, *number))
            }
            Sample::Mark => "<path d=\"M1 7H35\" class=\"mark\"/>".into(),
        };
        format!(
            "<li><svg class=\"sample\" viewBox=\"0 0 36 14\" aria-hidden=\"true\">{shown}</svg> {}</li>",
            escape(name)
        )
    };
    format!("<ul class=\"legend\">{}</ul>", samples.iter().map(entry).collect::<String>())
}

/// The colours, for the page: of light and of dark ground, each with a contrast of at least 3 to it.
pub const LIGHT: [&str; LOOKS] =
    ["#0b62a8", "#b3470b", "#00745a", "#8a3ea0", "#7a5c00", "#005f73", "#a3123a", "#4a4a4a"];
pub const DARK: [&str; LOOKS] =
    ["#6db6f2", "#f2a15f", "#4fd0ae", "#d79be8", "#e0c050", "#7fd4e6", "#ff8fa8", "#bdbdbd"];
