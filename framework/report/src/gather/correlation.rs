//! g2 over the lag, a curve for each region.

use super::profiles::numbers;
use crate::{Axis, Figure, Kind, Lines, Origin, Published, Series};
use trainyard_engine::algorithm::figures;
use trainyard_format::opener::OpenerPool;
use trainyard_format::Result;

/// Most curves that are drawn.
const MOST: usize = 8;

pub fn plots(published: &Published, pool: &OpenerPool) -> Result<Vec<Figure>> {
    let mut plots = Vec::new();
    let steps: Vec<String> =
        published.list("/steps").iter().filter_map(|step| Some(step.get("results")?.as_str()?.into())).collect();
    for step in steps {
        let (Some(g2), Some(lags)) = (numbers(published, &step, "g2", pool)?, numbers(published, &step, "lags", pool)?)
        else {
            continue;
        };
        if lags.is_empty() || g2.len() % lags.len() != 0 {
            continue;
        }
        let regions = g2.len() / lags.len();
        let rings = numbers(published, &step, "rings", pool)?.filter(|rings| rings.len() == 2 * regions);
        let name = |region: usize| match rings.as_ref().and_then(|rings| rings.get(2 * region..2 * region + 2)) {
            Some(ends) => format!("{} to {} mm", figures(ends[0]), figures(ends[1])),
            None => format!("region {}", region + 1),
        };
        let curve = |region: usize| -> Vec<f64> { g2.iter().skip(region).step_by(regions).copied().collect() };
        let series: Vec<Series> = (0..regions.min(MOST))
            .map(|region| Series { name: name(region), mean: curve(region), ..Series::default() })
            .collect();
        let origin = |key: &str| Origin {
            source: step.clone(),
            key: key.into(),
            file: published.file_of(&step),
            run_value: true,
        };
        plots.push(Figure {
            id: "correlation".into(),
            title: "g2 over the lag".into(),
            says: says(&series, &lags),
            holds: format!(
                "one lag of the multi-tau scheme a point{}",
                if regions > MOST { format!("; the first {MOST} of {regions} regions") } else { String::new() }
            ),
            x: Axis::of("lag", "frames").log(),
            y: Axis::of("g2", ""),
            kind: Kind::Lines(Lines { at: lags, series, marks: Vec::new() }),
            from: vec![origin("g2"), origin("lags"), origin("rings")]
                .into_iter()
                .take(if rings.is_some() { 3 } else { 2 })
                .collect(),
        });
    }
    Ok(plots)
}

fn says(series: &[Series], lags: &[f64]) -> String {
    let ends = |series: &Series| {
        let finite: Vec<f64> = series.mean.iter().copied().filter(|value| value.is_finite()).collect();
        Some(format!("{}: from {} to {}", series.name, figures(*finite.first()?), figures(*finite.last()?)))
    };
    let all: Vec<String> = series.iter().filter_map(ends).collect();
    format!(
        "g2 at {} lags up to {} frames. {}.",
        lags.len(),
        figures(lags.last().copied().unwrap_or(0.0)),
        all.join("; ")
    )
}
