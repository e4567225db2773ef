//! Scattering curves: I(q) of the run, and over trains where there is one of each frame or train.

use super::envelope::{Envelope, Groups};
use super::scan::Scan;
use crate::published::unit_of;
use crate::{Axis, Figure, Grid, Kind, Lines, Origin, Published, Series};
use trainyard_engine::algorithm::figures;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::RunValue;
use trainyard_format::Result;

/// Numbers of curves that are read of a run: of a longer one every n-th train.
const MOST_NUMBERS: u64 = 16_000_000;
/// Rows and columns of the picture over trains.
const ROWS: usize = 120;
const COLUMNS: usize = 240;
/// Points of a curve.
const POINTS: usize = 2000;

pub fn plots(published: &Published, scan: &Scan, pool: &OpenerPool) -> Result<Vec<Figure>> {
    let mut plots = Vec::new();
    let steps: Vec<String> =
        published.list("/steps").iter().filter_map(|step| Some(step.get("results")?.as_str()?.into())).collect();
    for step in steps {
        let Some(radial) = numbers(published, &step, "radial", pool)? else { continue };
        let unit = match has(published, &step, "unit") {
            true => published.results.run_value(&step, "unit", pool)?.text().unwrap_or_default().to_string(),
            false => String::new(),
        };
        let axis = radial_axis(&unit);
        let output = format!("{step}:output");
        if let Some(dataset) =
            published.dataset(&output, "data.intensity").filter(|d| d.row_shape() == [radial.len() as u64])
        {
            let numbers = dataset_numbers(published, &output).saturating_mul(radial.len() as u64);
            let every = usize::try_from(numbers.div_ceil(MOST_NUMBERS)).unwrap_or(usize::MAX).max(1);
            let curve = of_trains(published, scan, &output, radial.len(), every, pool)?;
            plots.push(mean_of_rows(published, &output, &radial, &axis, &curve, unit_of(dataset)));
            plots.push(over_trains(published, &output, &radial, &axis, &curve));
        } else if let Some(intensity) = numbers(published, &step, "intensity", pool)? {
            let sigma = numbers(published, &step, "sigma", pool)?;
            plots.push(of_run(published, &step, &radial, &axis, &intensity, sigma.as_deref()));
        }
    }
    Ok(plots)
}

fn has(published: &Published, source: &str, key: &str) -> bool {
    let entry = published.results.sources.get(source);
    let places = entry.map(|entry| entry.files.as_slice()).unwrap_or_default();
    places.iter().any(|&(file, position)| {
        let source = published.results.files.get(file).and_then(|file| file.sources.get(position));
        source.is_some_and(|source| source.run_values.iter().any(|value| value.key.trim_end_matches(".value") == key))
    })
}

pub fn numbers(published: &Published, source: &str, key: &str, pool: &OpenerPool) -> Result<Option<Vec<f64>>> {
    if !has(published, source, key) {
        return Ok(None);
    }
    Ok(match published.results.run_value(source, key, pool)? {
        RunValue::Numbers(numbers) => Some(numbers),
        RunValue::Number(number) => Some(vec![number]),
        _ => None,
    })
}

/// What the unit of the radial axis means.
fn radial_axis(unit: &str) -> Axis {
    match unit {
        "q_nm^-1" => Axis::of("q", "1/nm"),
        "q_A^-1" => Axis::of("q", "1/Å"),
        "2th_deg" => Axis::of("2θ", "°"),
        "2th_rad" => Axis::of("2θ", "rad"),
        "r_mm" => Axis::of("r", "mm"),
        other => Axis::of("radial position", other),
    }
}

fn dataset_numbers(published: &Published, source: &str) -> u64 {
    let entry = published.results.sources.get(source);
    let places = entry.map(|entry| entry.files.as_slice()).unwrap_or_default();
    let rows = |&(file, position): &(usize, usize)| {
        let source = published.results.files.get(file)?.sources.get(position)?;
        source.groups.iter().find_map(|group| group.dataset("data.intensity")).map(|dataset| dataset.rows())
    };
    places.iter().filter_map(rows).sum()
}

/// Curves of the run, added up.
struct Curves {
    groups: Groups,
    /// `[bin]`
    whole: Vec<Envelope>,
    /// `[group][bin]`
    by_group: Vec<Vec<Envelope>>,
    rows: u64,
    every: usize,
}

fn of_trains(
    published: &Published,
    scan: &Scan,
    source: &str,
    bins: usize,
    every: usize,
    pool: &OpenerPool,
) -> Result<Curves> {
    let all = scan.groups.trains();
    let groups = Groups::of(all.to_vec(), ROWS);
    let mut curves = Curves {
        whole: vec![Envelope::default(); bins],
        by_group: vec![vec![Envelope::default(); bins.min(COLUMNS)]; groups.len()],
        groups,
        rows: 0,
        every,
    };
    let chosen: Vec<u64> = all.iter().copied().step_by(every).collect();
    let together = bins.div_ceil(COLUMNS).max(1);
    let rows_a_train = dataset_numbers(published, source) / (all.len() as u64).max(1) + 1;
    let batch = ((2 << 20) / (rows_a_train * bins as u64).max(1)).clamp(1, 1 << 16) as usize;
    for trains in chosen.chunks(batch) {
        let values = published.results.values_of(source, "data.intensity", trains, pool)?;
        for &train in trains {
            let (Some(group), Some(rows)) = (curves.groups.group(train), values.of_train(train)) else { continue };
            for row in rows.chunks_exact(bins) {
                curves.rows += 1;
                curves.whole.iter_mut().zip(row).for_each(|(envelope, &value)| envelope.add(value));
                let own = &mut curves.by_group[group];
                for (bin, &value) in row.iter().enumerate() {
                    if let Some(envelope) = own.get_mut(bin / together) {
                        envelope.add(value);
                    }
                }
            }
        }
    }
    Ok(curves)
}

fn origins(published: &Published, source: &str, key: &str, run_value: bool) -> Vec<Origin> {
    let step = source.trim_end_matches(":output");
    let origin = |source: &str, key: &str, run_value| Origin {
        source: source.into(),
        key: key.into(),
        file: published.file_of(source),
        run_value,
    };
    vec![origin(source, key, run_value), origin(step, "radial", true)]
}

fn mean_of_rows(
    published: &Published,
    source: &str,
    radial: &[f64],
    axis: &Axis,
    curves: &Curves,
    unit: String,
) -> Figure {
    let finite = |value: f64| if value.is_finite() { value } else { f64::NAN };
    let step = radial.len().div_ceil(POINTS).max(1);
    let joined: Vec<Envelope> = curves.whole.chunks(step).map(Envelope::of_all).collect();
    let series = Series {
        name: "mean".into(),
        mean: joined.iter().map(Envelope::mean).collect(),
        least: joined.iter().map(|e| finite(e.least)).collect(),
        greatest: joined.iter().map(|e| finite(e.greatest)).collect(),
    };
    let rows = match curves.every {
        1 => format!("{} curves", curves.rows),
        every => format!("{} curves, of every {every}th train", curves.rows),
    };
    let points = if step > 1 { format!("; {step} bins a point") } else { String::new() };
    Figure {
        id: "scattering-curve".into(),
        title: format!("mean I({})", axis.label),
        says: format!(
            "The mean of {rows}; {}",
            peak(radial, &curves.whole.iter().map(Envelope::mean).collect::<Vec<_>>(), axis)
        ),
        holds: format!("the mean of {rows}, and between which values they lie{points}"),
        x: axis.clone(),
        y: Axis::of("I", &unit),
        kind: Kind::Lines(Lines {
            at: radial.chunks(step).map(|c| c[c.len() / 2]).collect(),
            series: vec![series],
            marks: Vec::new(),
        }),
        from: origins(published, source, "data.intensity", false),
    }
}

fn of_run(
    published: &Published,
    step: &str,
    radial: &[f64],
    axis: &Axis,
    intensity: &[f64],
    sigma: Option<&[f64]>,
) -> Figure {
    let one_in = radial.len().div_ceil(POINTS).max(1);
    let thin = |values: &mut dyn Iterator<Item = f64>| values.step_by(one_in).collect::<Vec<f64>>();
    let sigma = sigma.filter(|sigma| sigma.len() == intensity.len());
    let within = |sign: f64| match sigma {
        Some(sigma) => thin(&mut intensity.iter().zip(sigma).map(|(i, s)| i + sign * s)),
        None => Vec::new(),
    };
    let series = Series {
        name: "I".into(),
        mean: thin(&mut intensity.iter().copied()),
        least: within(-1.0),
        greatest: within(1.0),
    };
    let mut from = origins(published, step, "intensity", true);
    from.extend(sigma.map(|_| Origin { key: "sigma".into(), ..from[0].clone() }));
    Figure {
        id: "scattering-curve".into(),
        title: format!("I({}) of the run", axis.label),
        says: format!("The scattering curve of all frames together; {}", peak(radial, intensity, axis)),
        holds: match (sigma.is_some(), one_in) {
            (true, 1) => "one bin a point, with one sigma around it".into(),
            (true, n) => format!("every {n}th bin, with one sigma around it"),
            (false, 1) => "one bin a point".into(),
            (false, n) => format!("every {n}th bin"),
        },
        x: axis.clone(),
        y: Axis::of("I", ""),
        kind: Kind::Lines(Lines { at: thin(&mut radial.iter().copied()), series: vec![series], marks: Vec::new() }),
        from,
    }
}

fn peak(radial: &[f64], intensity: &[f64], axis: &Axis) -> String {
    let finite = radial.iter().zip(intensity).filter(|(_, i)| i.is_finite());
    match finite.max_by(|a, b| a.1.total_cmp(b.1)) {
        Some((at, greatest)) => {
            format!("its greatest value is {} at {} = {} {}.", figures(*greatest), axis.label, figures(*at), axis.unit)
        }
        None => "no bin has a value.".into(),
    }
}

fn over_trains(published: &Published, source: &str, radial: &[f64], axis: &Axis, curves: &Curves) -> Figure {
    let together = radial.len().div_ceil(COLUMNS).max(1);
    let at: Vec<f64> = radial.chunks(together).map(|c| c[c.len() / 2]).collect();
    let values = curves.by_group.iter().flat_map(|bins| bins.iter().take(at.len()).map(Envelope::mean)).collect();
    let bins = if together > 1 { format!(", {together} bins a column") } else { String::new() };
    Figure {
        id: "scattering-over-trains".into(),
        title: format!("I({}) over trains", axis.label),
        says: "Each row is the mean curve of some neighbouring trains, from the first at the top to the last.".into(),
        holds: format!("{}{bins}: the mean of its curves", curves.groups.holds().replace("a point", "a row")),
        x: axis.clone(),
        y: Axis::trains(),
        kind: Kind::Grid(Grid { at, trains: curves.groups.ends(), values, label: "I".into() }),
        from: origins(published, source, "data.intensity", false),
    }
}
