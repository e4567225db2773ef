//! What was on the detector.

use crate::escape::escape;
use crate::pictures::{Group, Picture, Pictures};
use crate::plot::bar;
use trainyard_engine::algorithm::figures;
use trainyard_format::words::counted;

pub fn section(pictures: &Pictures) -> String {
    let lack = pictures.lack.iter().map(|lack| format!("<p class=\"heed\">{}</p>", escape(lack))).collect::<String>();
    if pictures.groups.is_empty() {
        return lack;
    }
    let view = &pictures.view;
    let how = match view.assembled {
        true => "Assembled with the geometry, seen along the beam: x points to the left, y up.".to_string(),
        false => format!(
            "No geometry was given: {} side by side as they are stored, {} in a row, in the order {}.",
            counted(view.modules.len() as u64, "module"),
            view.columns,
            view.modules.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
        ),
    };
    let groups: String = pictures.groups.iter().enumerate().map(|(number, group)| self::group(group, number)).collect();
    format!(
        "{lack}<p>{} A pixel of a picture is the greatest of the detector pixels in it. \
         <span class=\"bad\" role=\"img\" aria-label=\"grey checks\"></span> marks bad pixels.</p>{groups}",
        escape(&how)
    )
}

fn group(group: &Group, number: usize) -> String {
    let pictures: String = group.pictures.iter().map(picture).collect();
    let bar = group.scale.as_ref().map(|scale| bar(scale, &format!("g{number}"))).unwrap_or_default();
    format!(
        "<h3>{}</h3><p>{}</p>{bar}<div class=\"pictures\">{pictures}</div>",
        escape(&group.title),
        escape(&group.says)
    )
}

fn picture(picture: &Picture) -> String {
    let frame = match (picture.train, picture.pulse) {
        (Some(train), Some(pulse)) => format!("train {train}, pulse {pulse}"),
        _ => String::new(),
    };
    let columns: Vec<String> = picture
        .columns
        .iter()
        .filter(|(_, value)| value.is_finite())
        .map(|(name, value)| format!("{name} {}", figures(*value)))
        .collect();
    let told: Vec<&str> = [frame.as_str(), picture.fate.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
    let told = told.join("; ");
    let alt = [picture.title.as_str(), told.as_str()]
        .iter()
        .filter(|t| !t.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(": ");
    let more = |text: &str, class: &str| match text.is_empty() {
        true => String::new(),
        false => format!("<br/><span class=\"{class}\">{}</span>", escape(text)),
    };
    format!(
        "<figure style=\"width:{}px\"><img alt=\"{}\" width=\"{}\" height=\"{}\" src=\"data:image/png;base64,{}\"/>\
         <figcaption>{}{}{}</figcaption></figure>",
        picture.width.max(300),
        escape(&alt),
        picture.width,
        picture.height,
        // base64 was made by us, or proved to be a picture
        escape_base64(&picture.png),
        escape(&picture.title),
        more(&told, "frame"),
        more(&columns.join(", "), "columns"),
    )
}

/// Nothing but letters of base64.
fn escape_base64(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')).collect()
}
