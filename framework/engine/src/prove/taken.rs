//! Which step took a frame: the fate tables of all run folders tell the same, and what ids alone decide is judged again.

use super::asked::{Asked, AskedWriter};
use super::fates::{Fate, FateTable};
use super::gaps::Gap;
use super::proof::Counts;
use super::tally::{Check, Found, Tally};
use crate::plan::FateCodes;
use trainyard_format::opener::OpenerPool;
use trainyard_format::{Place, Result};

/// Trains whose fates are held at a time.
const BLOCK_TRAINS: usize = 256;

pub(super) struct Taken<'a> {
    pub asked: &'a Asked,
    /// by step that writes
    pub tables: &'a [&'a FateTable<'a>],
    pub pool: &'a OpenerPool,
}

impl Taken<'_> {
    /// Frames that stand in a folder inside the output only are counted apart.
    ///
    /// # Errors
    /// Tables that cannot be read.
    pub fn compare(&self, trains: &[u64], tally: &mut Tally, counts: &mut Counts) -> Result<()> {
        let writers = self.asked.writers();
        if writers.len() != self.tables.len() || writers.iter().all(|writer| writer.condition.is_none()) {
            return Ok(());
        }
        let codes = self.asked.codes(|place| place + 1);
        let mut not_judged = 0;
        for block in trains.chunks(BLOCK_TRAINS) {
            let rows = self.tables.iter().map(|table| table.rows(block, self.pool)).collect::<Result<Vec<_>>>()?;
            for &train in block {
                let wrong = |what: String| {
                    let source = self.tables.first().map(|table| table.source.as_str()).unwrap_or_default();
                    Found::error(Check::Fates, Place::default().source(source).train(train), what)
                };
                let of_train: Vec<&[Fate]> =
                    rows.iter().map(|rows| rows.get(&train).map(Vec::as_slice).unwrap_or_default()).collect();
                let Some(main) = of_train.first() else { continue };
                if of_train.iter().any(|rows| rows.len() != main.len()) {
                    tally.add(wrong("the run folders of the output have different frames".into()));
                    continue;
                }
                for frame in 0..main.len() {
                    let fates: Vec<Fate> = of_train.iter().filter_map(|rows| rows.get(frame).copied()).collect();
                    match judge(&writers, &codes, train, &fates) {
                        Err(what) => tally.add(wrong(what)),
                        Ok(Stands::Nowhere { judged: false }) => not_judged += 1,
                        Ok(Stands::InsideOnly) => counts.kept_inside += 1,
                        Ok(_) => {}
                    }
                }
            }
        }
        tally.add(Found::gap(Gap::Taken, not_judged, ""));
        Ok(())
    }
}

/// Where a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    InOutput,
    InsideOnly,
    Dropped,
    /// no step took it; whether ids alone tell that it was right
    Nowhere {
        judged: bool,
    },
}

/// `fates`: of one frame, as the table of each writer has it.
fn judge(writers: &[AskedWriter<'_>], codes: &FateCodes, train: u64, fates: &[Fate]) -> Result<Stands, String> {
    let Some(first) = fates.first() else { return Ok(Stands::Dropped) };
    let pulse = first.pulse;
    if fates.iter().any(|fate| (fate.pulse, fate.cell) != (pulse, first.cell)) {
        return Err(format!("pulse {pulse} stands in another place, or has another cell, in one of the run folders"));
    }
    // what has no name is told elsewhere
    let Ok(own) = u8::try_from(first.fate) else { return Ok(Stands::Dropped) };
    let mut taken = 0u8;
    for (number, fate) in fates.iter().enumerate() {
        taken |= u8::from(fate.fate == u64::from(FateCodes::KEPT)) << number;
    }
    let dropped = !codes.is_alive(own);
    for (number, fate) in fates.iter().enumerate() {
        let should = if dropped { own } else { codes.in_folder(FateCodes::KEPT, taken, number) };
        if fate.fate != u64::from(should) {
            let name = |code: u64| usize::try_from(code).ok().and_then(|code| codes.codes.get(code));
            let is = name(fate.fate).cloned().unwrap_or_else(|| format!("code {}", fate.fate));
            let should = name(should.into()).cloned().unwrap_or_default();
            return Err(format!("pulse {pulse} is `{is}` in run folder {number}, by the others `{should}`"));
        }
    }
    if dropped {
        return Ok(Stands::Dropped);
    }
    for (number, writer) in writers.iter().enumerate() {
        let takes = match (writer.condition, writer.by_ids) {
            (None, _) => true,
            (Some(_), Some(by_ids)) => by_ids(train, pulse, first.cell),
            (Some(_), None) => continue,
        };
        if takes != (taken >> number & 1 == 1) {
            let condition = writer.condition.unwrap_or("all");
            let not = if takes { "not " } else { "" };
            return Err(format!("pulse {pulse} was {not}written, against its condition, by `where: {condition}`"));
        }
    }
    Ok(match taken {
        0 => Stands::Nowhere { judged: writers.iter().all(|writer| writer.by_ids.is_some()) },
        taken if taken & 1 == 1 => Stands::InOutput,
        _ => Stands::InsideOnly,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::ByIds;

    #[test]
    fn tables_agree_and_conditions_on_ids_are_judged() {
        let even: ByIds = Box::new(|_, pulse, _| pulse % 2 == 0);
        let writer = |step, by_ids| AskedWriter {
            step,
            folder: (step > 1).then_some("b"),
            lossy: None,
            condition: Some("x"),
            by_ids,
        };
        let (by_ids, unknown) = ([writer(1, Some(&even)), writer(2, None)], [writer(1, None), writer(2, None)]);
        let mut codes = FateCodes::new();
        codes.add_keep(1, "lit").unwrap();
        codes.add_writers(&[(2, None), (3, Some("b"))]).unwrap();
        let told = |writers: &[AskedWriter<'_>], pulse, fates: [u64; 2]| {
            judge(writers, &codes, 7, &fates.map(|fate| Fate { pulse, cell: 0, fate }))
        };
        assert_eq!(told(&by_ids, 4, [0, 5]), Ok(Stands::InOutput));
        assert_eq!(told(&by_ids, 3, [6, 0]), Ok(Stands::InsideOnly));
        assert_eq!(told(&by_ids, 3, [7, 7]), Ok(Stands::Nowhere { judged: false }));
        assert_eq!(told(&by_ids, 3, [3, 3]), Ok(Stands::Dropped));
        assert!(told(&by_ids, 3, [0, 5]).is_err_and(|what| what.contains("pulse 3 was written, against")));
        assert!(told(&by_ids, 4, [6, 0]).is_err_and(|what| what.contains("pulse 4 was not written")));
        assert_eq!(told(&unknown, 3, [0, 5]), Ok(Stands::InOutput));
        for fates in [[0, 7], [5, 5], [3, 0], [0, 3], [3, 4], [6, 5], [0, 99]] {
            assert!(told(&unknown, 3, fates).is_err(), "{fates:?}");
        }
    }
}
