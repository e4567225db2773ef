//! A report as a page: one file without scripts, fonts or pictures from elsewhere, well-formed also as XML.
//!
//! | file | answers |
//! |---|---|
//! | `style.rs` | how does it look, light and dark, wide and narrow, on paper? |
//! | `words.rs` | how are numbers and lists written? |
//! | `verdict.rs` | what came of it? |
//! | `pictures.rs` | what was on the detector? |
//! | `plots.rs` | how did it go over the run, and where are the numbers? |
//! | `timing.rs` | what took how long, and who waited for whom? |
//! | `provenance.rs` | what was made of what, by which program and workflow? |

mod pictures;
mod plots;
mod provenance;
mod style;
mod timing;
mod verdict;
mod words;

use crate::escape::escape;
use crate::Report;

/// Nothing but what stands in the file is ever asked for.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

pub fn page(report: &Report) -> String {
    let parts = [
        ("verdict", "Verdict", verdict::section(report)),
        ("pictures", "Pictures", pictures::section(&report.pictures)),
        ("plots", "Plots", plots::section(&report.plots)),
        ("timing", "Time", report.timing.as_ref().map(timing::section).unwrap_or_default()),
        ("provenance", "Provenance", provenance::section(&report.provenance)),
    ];
    let parts: Vec<&(&str, &str, String)> = parts.iter().filter(|part| !part.2.is_empty()).collect();
    let links: String = parts.iter().map(|(id, name, _)| format!("<a href=\"#{id}\">{name}</a> ")).collect();
    let sections: String = parts
        .iter()
        .map(|(id, name, inside)| {
            format!("<section id=\"{id}\" aria-label=\"{name}\"><h2>{name}</h2>{inside}</section>\n")
        })
        .collect();
    let title = verdict::title(report);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <meta name=\"color-scheme\" content=\"light dark\"/><link rel=\"icon\" href=\"data:,\"/>\
         <title>{}</title><style>{}</style></head>\n<body>\
         <header><p class=\"of\">{}</p><h1>{}</h1>{}</header>\n<nav aria-label=\"parts of the report\">{links}</nav>\n\
         <main>\n{sections}</main>\n<footer><p>Every number of this page stands in <a href=\"./report.json\">report.json</a>{}.</p></footer>\n</body></html>\n",
        escape(POLICY),
        escape(&format!("{}: {}", title, report.verdict.headline)),
        style::sheet(),
        escape(&title),
        escape(&report.verdict.headline),
        verdict::summary(report),
        if report.preview.is_some() {
            ""
        } else {
            ", and what was done in <a href=\"./reduction.json\">reduction.json</a>"
        },
    )
}

#[cfg(test)]
mod tests;
