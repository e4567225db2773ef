//! Where damage is skipped and parts of a frame are taken one after the other: what will be read and written of a sequence is
//! read once before, so that a frame of which one part is damaged goes before any of it was taken. In parallel gain the stages
//! of a pulse go together; in a pass by modules a frame comes once a window. The bytes are read twice.

use super::pipeline::Lane;
use super::reader::Excerpt;
use crate::compute::{look, BlockTask};
use crate::read::{Block, Fetcher, Prepared, SequenceTables};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use trainyard_codec::Scratch;
use trainyard_format::{Error, Result};

impl Lane<'_> {
    /// False when the rank was asked to stop.
    pub(super) fn look(
        &self,
        pool: &rayon::ThreadPool,
        fetcher: &Fetcher<'_>,
        prepared: &mut Prepared,
        tables: &SequenceTables,
    ) -> Result<bool> {
        let pass = &self.job.passes[self.pass_number];
        // a frame is lost once, for the first thing that is wrong with it
        let mut lost: BTreeMap<usize, Error> = BTreeMap::new();
        let (windows, limit) = self.windows(prepared);
        for window in windows.into_iter().map(Arc::new) {
            let blocks = window.blocks(self.job, pass, prepared);
            let mut blocks = blocks.iter();
            let mut next: Option<&Block> = blocks.next();
            while next.is_some() {
                if self.stopped() {
                    return Ok(false);
                }
                let of = Excerpt { prepared, tables, window: &window, limit };
                let found = self.look_at(pool, fetcher, &of, &mut blocks, &mut next)?;
                for (frame, damage) in found {
                    lost.entry(frame).or_insert(damage);
                }
            }
        }
        prepared.lose(self.job, lost);
        Ok(true)
    }

    /// The damaged frames of the next batch.
    fn look_at<'p>(
        &self,
        pool: &rayon::ThreadPool,
        fetcher: &Fetcher<'_>,
        of: &Excerpt<'_>,
        blocks: &mut impl Iterator<Item = &'p Block>,
        next: &mut Option<&'p Block>,
    ) -> Result<Vec<(usize, Error)>> {
        let batch = self.batch(fetcher, of, blocks, next)?;
        let task = BlockTask {
            job: self.job,
            pass: &self.job.passes[self.pass_number],
            modules: self.modules,
            outputs: self.outputs,
            bad: &[],
            prepared: of.prepared,
            batch: &batch,
            measure_all: false,
        };
        let frames: Vec<(usize, usize)> =
            batch.blocks.iter().flat_map(|b| b.frames.iter().map(|&frame| (b.train, frame))).collect();
        let one = |spare: &mut (Vec<u8>, Scratch), &(train, frame): &(usize, usize)| match look(
            &task,
            frame,
            of.prepared.frames.trains[train],
            spare,
        ) {
            Ok(()) => Ok(None),
            Err(damage @ Error::Input { .. }) => Ok(Some((frame, damage))),
            Err(error) => Err(error),
        };
        let looked: Vec<Option<(usize, Error)>> =
            pool.install(|| frames.par_iter().map_init(Default::default, one).collect::<Result<_>>())?;
        let buffers = batch.buffers;
        drop(batch.chunks);
        fetcher.recycle(buffers);
        Ok(looked.into_iter().flatten().collect())
    }
}
