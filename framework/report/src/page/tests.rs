use super::page;
use crate::figure::Counts;
use crate::pictures::{Group, Picture, Pictures, Scale};
use crate::timing::{RankTime, Track};
use crate::*;
use std::collections::BTreeMap;

/// Every text of a report is `text`.
fn report_of(text: &str) -> Report {
    let t = || text.to_string();
    let origin = Origin { source: t(), key: t(), file: t(), run_value: false };
    let axis = Axis { label: t(), unit: t(), ..Axis::default() };
    let marks = || vec![Mark { name: t(), at: 1.5 }];
    let counts = || Counts { name: t(), counts: vec![1, 0, 3] };
    let series =
        |mean: Vec<f64>| Series { name: t(), least: vec![0.0, f64::NAN, 2.0], greatest: vec![9.0, 9.0, 3.0], mean };
    let kinds = [
        Kind::Lines(Lines {
            at: vec![1.0, 2.0, 3.0],
            series: vec![series(vec![1.0, f64::NAN, 3.0]); 9],
            marks: marks(),
        }),
        Kind::Lines(Lines::default()),
        Kind::Bars(Bars { edges: vec![0.0, 1.0, 2.0, 3.0], series: vec![counts(), counts()], marks: marks() }),
        Kind::Bars(Bars::default()),
        Kind::Stack(Stack { trains: vec![(1, 2), (3, 4), (9, 9)], series: vec![counts(); 10] }),
        Kind::Grid(Grid {
            at: vec![0.1, 0.2],
            trains: vec![(1, 1), (2, 2)],
            values: vec![0.0, f64::NAN, 3.0, 1e9],
            label: t(),
        }),
        Kind::Grid(Grid::default()),
    ];
    let plots = kinds.into_iter().map(|kind| Figure {
        id: t(),
        title: t(),
        says: t(),
        holds: t(),
        x: axis.clone(),
        y: axis.clone(),
        kind,
        from: vec![origin.clone()],
    });
    let named = || Named { name: t(), frames: 7 };
    let step = Step { number: 1, step: t(), parameters: t(), frames_in: 7, frames_out: 0, results: Some(t()) };
    let lines = || vec![t(); 9];
    let picture = Picture {
        title: t(),
        train: Some(1),
        pulse: Some(2),
        fate: t(),
        columns: BTreeMap::from([(t(), 1.0)]),
        width: 1,
        height: 1,
        png: t(),
    };
    let scale = Some(Scale { low: 0.0, high: 100.0, knee: 1.0 });
    let rank = RankTime {
        track: Track { stretch: 0.1, reading: vec![1.0], computing: vec![0.5], writing: vec![0.0] },
        ..Default::default()
    };
    Report {
        format: Report::FORMAT,
        verdict: Verdict {
            headline: t(),
            frames: 14,
            kept: 7,
            fates: vec![Named { name: "kept".into(), frames: 7 }, named()],
            steps: vec![step],
            bytes: BTreeMap::from([("input-files".into(), 100), ("output".into(), 7)]),
            gates: vec![Gate { metric: t(), limit: 1.0, worst: None, frames: 3 }],
            quality: BTreeMap::from([(t(), 1.0)]),
            sampled_frames: 3,
            lossy: Some(serde_json::json!({ text: text })),
            warnings: lines(),
            oddities: lines(),
            problems: lines(),
            notes: lines(),
            findings: lines(),
        },
        provenance: Provenance {
            program: t(),
            detector: t(),
            inputs: vec![[t(), t(), t()]],
            workflow: serde_json::json!({ text: [text] }),
            judged: serde_json::json!(text),
            ..Provenance::default()
        },
        plots: plots.collect(),
        pictures: Pictures {
            lack: Some(t()),
            groups: vec![Group { title: t(), says: t(), scale, pictures: vec![picture] }],
            ..Default::default()
        },
        preview: Some(Preview::default()),
        timing: Some(Timing { seconds: 1.0, bound_by: t(), ranks: vec![rank], ..Timing::default() }),
    }
}

/// Names of the elements in order of their beginning; panics where one is not ended, or an attribute is not quoted.
fn elements(page: &str) -> Vec<String> {
    let mut open: Vec<String> = Vec::new();
    let mut all = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").expect("a document type");
    while let Some(at) = rest.find('<') {
        assert!(!rest[..at].contains('>'), "a bare > in {:?}", &rest[..at]);
        rest = &rest[at + 1..];
        let mut quoted = false;
        let end = rest.find(|c: char| {
            quoted ^= c == '"';
            assert!(!quoted || c != '<', "a bare < in an attribute");
            c == '>' && !quoted
        });
        let tag = &rest[..end.expect("an end of the tag")];
        rest = &rest[tag.len() + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap_or_default().to_string();
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "<{tag}>");
        if !tag.ends_with('/') {
            open.push(name.clone());
        }
        all.push(name);
    }
    assert_eq!(open, Vec::<String>::new());
    all
}

#[test]
fn hostile_text_changes_no_tag() {
    let tame = elements(&page(&report_of("tame")));
    assert!(tame.len() > 200 && tame.contains(&"pattern".to_string()));
    for hostile in [
        "</script><script>alert(1)</script>",
        "\" onload=\"alert(1)",
        "'><img src=x onerror=alert(1)>",
        "</title></style></svg></pre>",
        "<!-- -->&lt;]]>",
        "\u{0}\u{1b}[31m\u{202e}",
    ] {
        let page = page(&report_of(hostile));
        assert_eq!(elements(&page), tame, "{hostile}");
        assert!(!page.contains(" onload=\"") && !page.contains('\u{202e}') && !page.contains('\u{1b}'), "{hostile}");
    }
}

#[test]
fn nothing_is_asked_for_elsewhere() {
    let page = page(&report_of("http://elsewhere.example/x.js"));
    for words in
        ["src=\"http", "href=\"http", "url(http", "@import", "<script", "<iframe", "<object", "<embed", "src=\"//"]
    {
        assert!(!page.contains(words), "{words}");
    }
    assert!(page.contains("default-src &#39;none&#39;"));
}

#[test]
fn an_empty_report_is_a_page() {
    let mut report = report_of("x");
    (report.plots, report.pictures, report.timing, report.preview) = (Vec::new(), Pictures::default(), None, None);
    report.verdict = Verdict::default();
    assert!(!elements(&page(&report)).contains(&"img".to_string()));
}
