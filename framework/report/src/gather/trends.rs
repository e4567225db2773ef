//! Plots of what every run has: fates over trains, the share that stays, and each column over trains and as histogram.

use super::envelope::Envelope;
use super::histogram::Histogram;
use super::limits::{self, Limit};
use super::scan::{key_of, ColumnScan, Scan};
use super::verdict::share;
use crate::figure::Counts;
use crate::{Axis, Bars, Figure, Kind, Lines, Mark, Origin, Published, Series, Stack};
use trainyard_engine::algorithm::figures;
use trainyard_engine::plan::{COLUMNS, FATE};

/// Most columns that are drawn; the first that conditions use.
const MOST_COLUMNS: usize = 10;

pub fn plots(published: &Published, scan: &Scan, limits: &[Limit]) -> Vec<Figure> {
    let mut plots = Vec::new();
    if scan.fates.iter().flatten().sum::<u64>() == 0 {
        return plots;
    }
    let used: Vec<String> =
        published.list("/workflow/steps").iter().filter_map(limits::condition).flat_map(limits::columns).collect();
    // what decides first, then in the order in which steps make them
    let (first, then): (Vec<&ColumnScan>, Vec<&ColumnScan>) =
        scan.columns.iter().partition(|c| decides(c, &used, scan));
    for column in first.into_iter().chain(then).take(MOST_COLUMNS) {
        match column.flag {
            true => plots.push(rate(published, scan, column)),
            false => {
                plots.push(over_trains(published, scan, column, limits));
                plots.push(histogram(published, scan, column, limits));
            }
        }
    }
    plots.push(fates(published, scan));
    plots.push(kept(published, scan));
    plots
}

/// A condition uses it, or a threshold stands beside it.
fn decides(column: &ColumnScan, used: &[String], scan: &Scan) -> bool {
    used.contains(&column.name) || (!scan.thresholds.is_empty() && is_score(&column.name))
}

fn is_score(name: &str) -> bool {
    name == "score" || name.ends_with(".score")
}

fn of_columns(published: &Published, column: &str) -> Vec<Origin> {
    let source = published.output_of(COLUMNS);
    vec![Origin { key: key_of(column), file: published.file_of(&source), source, run_value: false }]
}

fn of_fates(published: &Published) -> Vec<Origin> {
    let source = published.output_of(FATE);
    let codes = format!("{}/{FATE}", published.prefix);
    vec![
        Origin { key: "data.fate".into(), file: published.file_of(&source), source, run_value: false },
        Origin { key: "codes".into(), file: published.file_of(&codes), source: codes, run_value: true },
    ]
}

fn holds(scan: &Scan) -> String {
    let columns = match scan.every {
        1 => String::new(),
        every => format!("; of every {every}th train, for the run is long"),
    };
    format!("{}: the mean of its frames, and between which values they lie{columns}", scan.groups.holds())
}

fn marks(column: &ColumnScan, limits: &[Limit]) -> Vec<Mark> {
    let own = limits.iter().filter(|limit| limit.column == column.name);
    let drawn = own.filter(|limit| limit.unit.is_empty() || limit.unit == column.unit);
    drawn
        .map(|limit| Mark { name: format!("limit {} of step {}", figures(limit.at), limit.step), at: limit.at })
        .collect()
}

fn series(name: &str, groups: &[Envelope]) -> Series {
    let finite = |value: f64| if value.is_finite() { value } else { f64::NAN };
    Series {
        name: name.into(),
        mean: groups.iter().map(Envelope::mean).collect(),
        least: groups.iter().map(|group| finite(group.least)).collect(),
        greatest: groups.iter().map(|group| finite(group.greatest)).collect(),
    }
}

fn over_trains(published: &Published, scan: &Scan, column: &ColumnScan, limits: &[Limit]) -> Figure {
    let mut all = vec![series(&column.name, &column.groups)];
    let mut from = of_columns(published, &column.name);
    if is_score(&column.name) {
        for threshold in &scan.thresholds {
            all.push(series("threshold", &threshold.groups));
            let (source, file) = (threshold.source.clone(), published.file_of(&threshold.source));
            from.push(Origin { source, key: "data.threshold".into(), file, run_value: false });
        }
    }
    let whole = Envelope::of_all(&column.groups);
    Figure {
        id: format!("{}-over-trains", id(&column.name)),
        title: format!("{} over trains", column.name),
        says: match whole.count {
            0 => format!("No frame has a value of {}.", column.name),
            _ => format!(
                "{} lies between {} and {}, its mean is {}{}.",
                column.name,
                figures(whole.least),
                figures(whole.greatest),
                figures(whole.mean()),
                drift(&column.groups)
            ),
        },
        holds: holds(scan),
        x: Axis::trains(),
        y: Axis::of(&column.name, &column.unit),
        kind: Kind::Lines(Lines { at: scan.groups.middles(), series: all, marks: marks(column, limits) }),
        from,
    }
}

/// How the mean of the last third of the run differs from that of the first.
fn drift(groups: &[Envelope]) -> String {
    let third = groups.len() / 3;
    let (Some(first), Some(last)) = (groups.get(..third), groups.get(groups.len() - third..)) else {
        return String::new();
    };
    let (first, last) = (Envelope::of_all(first).mean(), Envelope::of_all(last).mean());
    match first.is_finite() && last.is_finite() && third > 0 {
        true => format!("; {} in the first third of the run, {} in the last", figures(first), figures(last)),
        false => String::new(),
    }
}

fn histogram(published: &Published, scan: &Scan, column: &ColumnScan, limits: &[Limit]) -> Figure {
    let (edges, mut counts) = Histogram::side_by_side(vec![column.kept.clone(), column.dropped.clone()]);
    let dropped = counts.pop().unwrap_or_default();
    let kept = counts.pop().unwrap_or_default();
    let both = [("kept", kept, column.kept.values), ("dropped", dropped, column.dropped.values)];
    let series = both.into_iter().filter(|(_, _, values)| *values > 0);
    let series: Vec<Counts> = series.map(|(name, counts, _)| Counts { name: name.into(), counts }).collect();
    let mut marks = marks(column, limits);
    if is_score(&column.name) {
        for threshold in &scan.thresholds {
            let whole = Envelope::of_all(&threshold.groups);
            if whole.count > 0 {
                marks.push(Mark { name: format!("mean threshold {}", figures(whole.mean())), at: whole.mean() });
            }
        }
    }
    Figure {
        id: format!("{}-histogram", id(&column.name)),
        title: format!("{}, how often", column.name),
        says: format!(
            "{} frames that are kept and {} that are dropped have a value of {}.",
            column.kept.values, column.dropped.values, column.name
        ),
        holds: match scan.every {
            1 => "one bar: frames with a value between its edges".into(),
            every => format!("one bar: frames of every {every}th train with a value between its edges"),
        },
        x: Axis::of(&column.name, &column.unit),
        y: Axis::of("frames", ""),
        kind: Kind::Bars(Bars { edges, series, marks }),
        from: of_columns(published, &column.name),
    }
}

fn rate(published: &Published, scan: &Scan, column: &ColumnScan) -> Figure {
    let whole = Envelope::of_all(&column.groups);
    let mean: Vec<f64> = column.groups.iter().map(|group| 100.0 * group.mean()).collect();
    Figure {
        id: format!("{}-rate", id(&column.name)),
        title: format!("rate of {} over trains", column.name),
        says: match whole.count {
            0 => format!("No frame has a value of {}.", column.name),
            count => format!("{:.1} % of {count} frames are {}.", 100.0 * whole.mean(), column.name),
        },
        holds: format!("{}: the share of its frames that are {}", scan.groups.holds(), column.name),
        x: Axis::trains(),
        y: Axis::of(&format!("frames that are {}", column.name), "%"),
        kind: Kind::Lines(Lines {
            at: scan.groups.middles(),
            series: vec![Series { name: column.name.clone(), mean, ..Series::default() }],
            marks: Vec::new(),
        }),
        from: of_columns(published, &column.name),
    }
}

fn fates(published: &Published, scan: &Scan) -> Figure {
    let all: u64 = scan.fates.iter().flatten().sum();
    let present = (0..scan.fates.len()).filter(|&fate| scan.total(fate) > 0);
    let present: Vec<(String, Vec<u64>)> =
        present.map(|fate| (scan.labels[fate].clone(), scan.fates[fate].clone())).collect();
    let says: Vec<String> = present
        .iter()
        .map(|(name, counts)| {
            let count = counts.iter().sum();
            format!("{name}: {count} frames ({})", share(count, all))
        })
        .collect();
    Figure {
        id: "fates-over-trains".into(),
        title: "fates over trains".into(),
        says: format!("{}.", says.join("; ")),
        holds: format!("{}: how many of its frames have each fate", scan.groups.holds().replace("a point", "a bar")),
        x: Axis::trains(),
        y: Axis::of("frames", ""),
        kind: Kind::Stack(Stack {
            trains: scan.groups.ends(),
            series: present.into_iter().map(|(name, counts)| Counts { name, counts }).collect(),
        }),
        from: of_fates(published),
    }
}

fn kept(published: &Published, scan: &Scan) -> Figure {
    let of_group = |group: usize| -> f64 {
        let all: u64 = scan.fates.iter().filter_map(|groups| groups.get(group)).sum();
        let kept = scan.fates.first().and_then(|groups| groups.get(group)).copied().unwrap_or(0);
        100.0 * kept as f64 / all as f64
    };
    let mean: Vec<f64> = (0..scan.groups.len()).map(of_group).collect();
    let finite: Vec<f64> = mean.iter().copied().filter(|value| value.is_finite()).collect();
    let (least, greatest) = finite.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &v| (a.min(v), b.max(v)));
    Figure {
        id: "kept-over-trains".into(),
        title: "share kept over trains".into(),
        says: format!("Between {} % and {} % of the frames of a point are kept.", figures(least), figures(greatest)),
        holds: format!("{}: the share of its frames that are kept", scan.groups.holds()),
        x: Axis::trains(),
        y: Axis::of("frames kept", "%"),
        kind: Kind::Lines(Lines {
            at: scan.groups.middles(),
            series: vec![Series { name: "kept".into(), mean, ..Series::default() }],
            marks: Vec::new(),
        }),
        from: of_fates(published),
    }
}

/// For the id of an element: letters, digits and dashes.
fn id(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}
