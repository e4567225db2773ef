//! What was made of what, by which program and workflow.

use super::words::{row, table};
use crate::escape::escape;
use crate::Provenance;
use serde_json::Value;
use trainyard_format::words::{bytes, counted};

pub fn section(of: &Provenance) -> String {
    let code = |text: &str| match text.is_empty() {
        true => String::new(),
        false => format!("<code>{}</code>", escape(text)),
    };
    let modules = of.modules.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let mut rows = String::new();
    rows.push_str(&row("program", &escape(&format!("{} {}", of.program, of.version))));
    rows.push_str(&row("build", &code(&of.build)));
    rows.push_str(&row("identity of the plan", &code(&of.plan)));
    rows.push_str(&row("detector", &escape(&of.detector)));
    rows.push_str(&row("modules", &escape(&modules)));
    rows.push_str(&row("trains", &escape(&format!("{}, {} to {}", of.trains, of.first_train, of.last_train))));
    rows.push_str(&row(
        "worked through",
        &escape(&format!("{} in {}", counted(of.sequences, "sequence"), counted(of.passes, "phase"))),
    ));
    rows.push_str(&row("input", &escape(&format!("{}, {}", counted(of.input_files, "file"), bytes(of.input_bytes)))));
    rows.push_str(&row("output", &escape(&counted(of.output_files, "file"))));
    if of.earlier > 0 {
        rows.push_str(&row("earlier reductions of the input", &of.earlier.to_string()));
    }
    let mut out = table("Made by and of", &[], &rows);
    out.push_str(&format!(
        "<h3>Workflow as it was run</h3><pre tabindex=\"0\"><code>{}</code></pre>",
        escape(&written(&of.workflow))
    ));
    out.push_str(&format!("<h3>Judged by</h3><pre tabindex=\"0\"><code>{}</code></pre>", escape(&written(&of.judged))));
    let one = |[name, size, sum]: &[String; 3]| {
        format!(
            "<tr><td>{}</td><td class=\"number\">{}</td><td><code>{}</code></td></tr>",
            escape(name),
            escape(size),
            escape(sum)
        )
    };
    let inputs: String = of.inputs.iter().map(one).collect();
    let more = of.input_files.saturating_sub(of.inputs.len() as u64);
    let more = if more > 0 { format!("<p>{more} more stand in reduction.json.</p>") } else { String::new() };
    let files = table("Files of the input", &["file", "bytes", "checksum of its index"], &inputs);
    out.push_str(&format!(
        "<details><summary>{}</summary>{files}{more}</details>",
        escape(&counted(of.input_files, "input file"))
    ));
    out
}

/// Longest value that stands in one line.
const LINE: usize = 100;

/// As JSON, a short value in one line: so a workflow is read step by step.
fn written(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let plain = value.to_string();
    let open = |of: char, close: char, lines: Vec<String>| {
        let pad = "  ".repeat(depth + 1);
        let lines: Vec<String> = lines.into_iter().map(|line| format!("{pad}{line}")).collect();
        format!("{of}\n{}\n{}{close}", lines.join(",\n"), "  ".repeat(depth))
    };
    let inner = |value: &Value| {
        let mut text = String::new();
        write(value, depth + 1, &mut text);
        text
    };
    match value {
        Value::Array(list) if depth == 0 || plain.len() > LINE => {
            out.push_str(&open('[', ']', list.iter().map(inner).collect()))
        }
        Value::Object(map) if depth == 0 || plain.len() > LINE => {
            let lines = map.iter().map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), inner(value)));
            out.push_str(&open('{', '}', lines.collect()));
        }
        _ => out.push_str(&plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_workflow_is_read_step_by_step() {
        let value = json!({"steps": [{"keep": "lit"}, {"long": "x".repeat(90)}], "mask": {"below": 1}});
        let text = written(&value);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert_eq!(
            text.lines()
                .map(str::trim)
                .filter(|l| *l == "{\"keep\":\"lit\"}," || *l == "\"mask\": {\"below\":1}")
                .count(),
            2,
            "{text}"
        );
        assert_eq!(written(&json!({})), "{\n\n}");
    }
}
