//! Tables and lists of the page.

use crate::escape::escape;

/// A row of a table of names and values; the value is HTML.
pub fn row(name: &str, value: &str) -> String {
    match value.is_empty() {
        true => String::new(),
        false => format!("<tr><th scope=\"row\">{}</th><td>{value}</td></tr>", escape(name)),
    }
}

/// A table that scrolls by itself where the page is narrow; rows are HTML.
pub fn table(caption: &str, heads: &[&str], rows: &str) -> String {
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{}</th>", escape(head))).collect();
    let heads = if heads.is_empty() { heads } else { format!("<thead><tr>{heads}</tr></thead>") };
    format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"{0}\"><table><caption>{0}</caption>{heads}<tbody>{rows}</tbody></table></div>",
        escape(caption)
    )
}

/// Lines that are told, the first few at once.
pub fn lines(title: &str, lines: &[String]) -> String {
    /// shown without being asked for
    const FEW: usize = 6;
    if lines.is_empty() {
        return String::new();
    }
    let item = |line: &String| format!("<li>{}</li>", escape(line));
    let (first, rest) = lines.split_at(lines.len().min(FEW));
    let more = match rest.len() {
        0 => String::new(),
        count => format!(
            "<details><summary>{count} more</summary><ul>{}</ul></details>",
            rest.iter().map(item).collect::<String>()
        ),
    };
    format!("<h3>{}</h3><ul class=\"told\">{}</ul>{more}", escape(title), first.iter().map(item).collect::<String>())
}

/// A share as a bar beside its number.
pub fn bar(part: u64, whole: u64) -> String {
    let width = 100.0 * part as f64 / (whole as f64).max(1.0);
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"ground\" width=\"100\" height=\"10\"/><rect class=\"part\" width=\"{width:.2}\" height=\"10\"/></svg> {}",
        escape(&crate::gather::share(part, whole))
    )
}
