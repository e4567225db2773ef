//! Large rows of one key of one module: equal, as stored or decoded, or within the bound that is stated.
//!
//! Pairs of rows are cut into tasks for the threads, so that a chunk is decoded once on either side as long as rows follow
//! each other. A stored chunk of each side and its decoded bytes are held by thread.

use super::bound::Bound;
use super::proof::Counts;
use super::reach::{Held, Reach};
use super::rows::ranges;
use super::side::Pair;
use rayon::prelude::*;
use std::ops::Range;
use trainyard_format::map::ElementType;
use trainyard_format::opener::OpenerPool;
use trainyard_format::{Error, Place, Result};

/// Most rows that one thread takes together.
const MOST_ROWS: usize = 64;
/// Decoded bytes that the opener is asked for at once.
const OPENER_BYTES: usize = 16 << 20;

/// One side of a key, by part; `None` where the file lacks it.
pub(super) type Reaches<'a> = [Option<Reach<'a>>];

pub(super) struct Comparison<'a> {
    pub element: ElementType,
    pub row_bytes: usize,
    pub input: &'a Reaches<'a>,
    pub output: &'a Reaches<'a>,
    /// by part of the output
    pub bounds: &'a [Option<Bound>],
    pub pool: &'a OpenerPool,
}

/// Position in the pairs, and how the rows agree or what differs.
type Outcome = (usize, Result<Agreement, String>);

/// How a row agrees.
enum Agreement {
    Stored,
    Decoded,
    Within,
}

impl Comparison<'_> {
    /// Positions in `pairs` of rows that differ, with what differs; rows that agree are counted.
    ///
    /// # Errors
    /// Failures of the machine. Damage is what differs.
    pub fn differences(&self, pairs: &[Pair], counts: &mut Counts) -> Result<Vec<(usize, String)>> {
        let tasks = self.tasks(pairs);
        let work = |(a, b): &mut (Held, Held), range: &Range<usize>| self.task(pairs, range.clone(), a, b);
        let results: Vec<Result<_>> = tasks.par_iter().map_init(Default::default, work).collect();
        let mut found = Vec::new();
        for result in results {
            for (position, outcome) in result? {
                match outcome {
                    Ok(Agreement::Stored) => counts.rows_equal_as_stored += 1,
                    Ok(Agreement::Decoded) => counts.rows_equal_decoded += 1,
                    Ok(Agreement::Within) => counts.rows_within_bound += 1,
                    Err(what) => found.push((position, what)),
                }
            }
        }
        Ok(found)
    }

    fn sides(&self, pair: &Pair) -> (Option<&Reach<'_>>, Option<&Reach<'_>>) {
        (side(self.input, pair.input.0), side(self.output, pair.output.0))
    }

    /// Ranges of pairs: one file on either side, cut where both sides begin a new chunk.
    fn tasks(&self, pairs: &[Pair]) -> Vec<Range<usize>> {
        let most_rows = (OPENER_BYTES / self.row_bytes.max(1)).clamp(1, MOST_ROWS);
        let mut tasks: Vec<Range<usize>> = Vec::new();
        for (position, pair) in pairs.iter().enumerate() {
            let before = position.checked_sub(1).and_then(|before| pairs.get(before));
            let goes_on = before.is_some_and(|before| {
                let same_files = (before.input.0, before.output.0) == (pair.input.0, pair.output.0);
                let (input, output) = self.sides(pair);
                let opener = |reach: Option<&Reach<'_>>| reach.is_some_and(Reach::by_opener);
                let shares =
                    |reach: Option<&Reach<'_>>, a: u64, b: u64| reach.is_some_and(|r| r.chunk_of(a) == r.chunk_of(b));
                let together = opener(input)
                    || opener(output)
                    || shares(input, before.input.1, pair.input.1)
                    || shares(output, before.output.1, pair.output.1);
                same_files && together
            });
            match tasks.last_mut() {
                Some(task) if goes_on && task.len() < most_rows => task.end = position + 1,
                _ => tasks.push(position..position + 1),
            }
        }
        tasks
    }

    fn task(&self, pairs: &[Pair], range: Range<usize>, a: &mut Held, b: &mut Held) -> Result<Vec<Outcome>> {
        let own = pairs.get(range.clone()).unwrap_or_default();
        let Some(first) = own.first() else { return Ok(Vec::new()) };
        a.clear();
        b.clear();
        let (input, output) = match self.sides(first) {
            (Some(input), Some(output)) => (input, output),
            (None, None) => return Ok(Vec::new()),
            (input, _) => {
                let side = if input.is_some() { "output" } else { "input" };
                return Ok(vec![(range.start, Err(format!("a file of the {side} lacks the key")))]);
            }
        };
        let fetch = |reach: &Reach<'_>, row: fn(&Pair) -> u64| -> Result<Option<Vec<u8>>> {
            if !reach.by_opener() {
                return Ok(None);
            }
            reach.through_opener(&ranges(own.iter().map(row)), self.pool).map(Some)
        };
        // rows that came together fail together
        let failed = |side: &str, error: Error| {
            let what = format!("the {side} cannot be read: {}", damage(error)?);
            Ok(range.clone().map(|position| (position, Err(what.clone()))).collect())
        };
        let from = match fetch(input, |pair| pair.input.1) {
            Ok(rows) => rows,
            Err(error) => return failed("input", error),
        };
        let to = match fetch(output, |pair| pair.output.1) {
            Ok(rows) => rows,
            Err(error) => return failed("output", error),
        };
        let bound = usize::try_from(first.output.0).ok().and_then(|n| self.bounds.get(n)?.as_ref());
        let mut outcomes = Vec::with_capacity(own.len());
        for (number, pair) in own.iter().enumerate() {
            if from.is_none() && to.is_none() {
                match equal_as_stored(input, output, pair, a, b) {
                    Ok(true) => {
                        outcomes.push((range.start + number, Ok(Agreement::Stored)));
                        continue;
                    }
                    Ok(false) => {}
                    Err(error) => {
                        outcomes.push((range.start + number, Err(damage(error)?)));
                        continue;
                    }
                }
            }
            let short = || Error::bug("fewer rows came than were asked for", Place::default());
            let before = match from.as_deref().map(|bytes| slice(bytes, number, self.row_bytes)) {
                Some(bytes) => Ok(bytes.ok_or_else(short)?),
                None => input.row(pair.input.1, a),
            };
            let after = match to.as_deref().map(|bytes| slice(bytes, number, self.row_bytes)) {
                Some(bytes) => Ok(bytes.ok_or_else(short)?),
                None => output.row(pair.output.1, b),
            };
            let outcome = match (before, after) {
                (Ok(before), Ok(after)) => self.judge(before, after, bound),
                (Err(error), _) => Err(format!("the input cannot be read: {}", damage(error)?)),
                (_, Err(error)) => Err(format!("the output cannot be read: {}", damage(error)?)),
            };
            outcomes.push((range.start + number, outcome));
        }
        Ok(outcomes)
    }

    fn judge(&self, before: &[u8], after: &[u8], bound: Option<&Bound>) -> Result<Agreement, String> {
        if before == after {
            return Ok(Agreement::Decoded);
        }
        if let Some(bound) = bound {
            return bound.judge(self.element, before, after).map(|()| Agreement::Within);
        }
        let size = self.element.size().max(1);
        let mut unequal = before.chunks(size).zip(after.chunks(size)).enumerate().filter(|(_, (a, b))| a != b);
        let first = unequal.next().map_or(0, |(position, _)| position);
        let count = 1 + unequal.count();
        Err(format!("{count} of {} values differ, the first at {first}", before.len() / size))
    }
}

fn side<'r, 'a>(reaches: &'r Reaches<'a>, part: u32) -> Option<&'r Reach<'a>> {
    reaches.get(usize::try_from(part).ok()?)?.as_ref()
}

/// Row `number` of rows of `length` bytes.
fn slice(bytes: &[u8], number: usize, length: usize) -> Option<&[u8]> {
    let start = number.checked_mul(length)?;
    bytes.get(start..start.checked_add(length)?)
}

/// Same filters, same stored bytes, same place in the chunk.
fn equal_as_stored(input: &Reach<'_>, output: &Reach<'_>, pair: &Pair, a: &mut Held, b: &mut Held) -> Result<bool> {
    let (from, to) = (&input.part.filters, &output.part.filters);
    let filters = from.len() == to.len() && from.iter().zip(to).all(|(a, b)| (a.id, &a.values) == (b.id, &b.values));
    let per_chunk = input.part.rows_per_chunk.max(1);
    let alike = per_chunk == output.part.rows_per_chunk.max(1)
        && pair.input.1 % per_chunk == pair.output.1 % per_chunk
        && filters;
    if !alike {
        return Ok(false);
    }
    let before = input.stored(input.chunk_of(pair.input.1), a)?;
    let after = output.stored(output.chunk_of(pair.output.1), b)?;
    Ok(before.is_some() && before == after)
}

/// # Errors
/// Failures of the machine go on as they are.
fn damage(error: Error) -> Result<String> {
    match error {
        Error::Input { .. } => Ok(error.to_string()),
        other => Err(other),
    }
}
