//! `trainId` beside the rows of an index group, against the index.
//!
//! Counts that are wrong and still chain up, a frame too few here and one too many there, show nowhere else.

use super::finding::Report;
use super::ids::Ids;
use crate::map::{ElementType, FileMap, GroupMap, Section, SourceMap};
use crate::opener::OpenerPool;
use crate::words::counted;
use crate::{Place, Result};

/// Rows whose train is 0 do not state it: some writers fill up with zeros.
pub(super) fn agree(file: &FileMap, pool: &OpenerPool, report: &mut Report) {
    let own = file.sources.iter().filter(|source| source.legacy_target.is_none());
    for source in own.filter(|source| source.section != Section::Control) {
        for group in &source.groups {
            if let Err(error) = group_agrees(file, source, group, pool, report) {
                report.failed(&error);
            }
        }
    }
}

fn group_agrees(
    file: &FileMap,
    source: &SourceMap,
    group: &GroupMap,
    pool: &OpenerPool,
    report: &mut Report,
) -> Result<()> {
    let stated = group.datasets.iter().find(|dataset| {
        dataset.key == "trainId" && dataset.element == ElementType::U64 && dataset.row_bytes() == Some(8)
    });
    let Some(dataset) = stated else { return Ok(()) };
    let rows = group.first.iter().zip(&group.count);
    let trains: Vec<(u64, u64, u64)> = (file.trains.iter().zip(rows))
        .map(|(&train, (&first, &count))| (train, first, count))
        .filter(|&(train, first, count)| {
            train != 0 && count > 0 && first.checked_add(count).is_some_and(|end| end <= dataset.rows())
        })
        .collect();
    let mut wrong: Option<(u64, u64, u64)> = None;
    Ids { file, dataset, pool, size: 8 }.each_train(&trains, |train, rows| {
        for &row in rows.as_chunks::<8>().0 {
            let stated = u64::from_le_bytes(row);
            if stated != train && stated != 0 {
                wrong.get_or_insert((train, stated, 0)).2 += 1;
            }
        }
    })?;
    if let Some((train, stated, count)) = wrong {
        let what = format!("another train than the index has: {}, the first states {stated}", counted(count, "row"));
        let place = Place::file(&file.path).source(source.name.as_str()).train(train);
        report.add(place, what).at(dataset.path.as_str());
    }
    Ok(())
}
