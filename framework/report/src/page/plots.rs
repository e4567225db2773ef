//! Plots, each with what it says in words, and the way to its numbers.

use crate::escape::{address, escape};
use crate::{plot, Figure, Origin};

pub fn section(figures: &[Figure]) -> String {
    let one = |(number, figure): (usize, &Figure)| {
        format!(
            "<figure class=\"card\" id=\"plot-{number}-{}\"><h3>{}</h3>{}{}<figcaption><p>{}</p>{}</figcaption></figure>",
            escape(&figure.id),
            escape(&figure.title),
            plot::svg(figure, number),
            plot::legend(&plot::samples(figure), number),
            escape(&figure.says),
            numbers(figure),
        )
    };
    let figures: String = figures.iter().enumerate().map(one).collect();
    if figures.is_empty() {
        figures
    } else {
        format!("<div class=\"plots\">{figures}</div>")
    }
}

fn numbers(figure: &Figure) -> String {
    let one = |origin: &Origin| {
        let [open, read] = origin.python();
        let file = match origin.file.is_empty() {
            true => String::new(),
            false => format!(" in <a href=\"{}\">{}</a>", escape(&address(&origin.file)), escape(&origin.file)),
        };
        format!(
            "<p><code>{}</code>, key <code>{}</code>{file}</p><pre tabindex=\"0\"><code>{}\n{}</code></pre>",
            escape(&origin.source),
            escape(&origin.key),
            escape(&open),
            escape(&read)
        )
    };
    let from: String = figure.from.iter().map(one).collect();
    format!(
        "<details><summary>Where the numbers are</summary><p>{}.</p>{from}</details>",
        escape(&capital(&figure.holds))
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
