//! Who carries out the blocks of a batch. The processor's cores do, here; another kind of executor takes the same batch of
//! stored chunks and gives the same results, block by block in the order of the batch.

use super::block::{process, BlockResult, BlockTask};
use super::Workers;
use rayon::prelude::*;
use trainyard_format::Result;

pub trait Executor: Sync {
    /// The results of all blocks of the task's batch, in their order.
    ///
    /// # Errors
    /// Damage, when the workflow says to stop at it; what a step cannot do.
    fn process(&self, task: &BlockTask<'_>) -> Result<Vec<BlockResult>>;
}

/// Blocks are shared out among the threads of the pool that it is called in.
pub struct Cores<'a> {
    workers: Workers<'a>,
}

impl<'a> Cores<'a> {
    pub fn new(workers: Workers<'a>) -> Self {
        Cores { workers }
    }
}

impl Executor for Cores<'_> {
    fn process(&self, task: &BlockTask<'_>) -> Result<Vec<BlockResult>> {
        let one = |block| self.workers.with(|worker| process(task, block, worker));
        task.batch.blocks.par_iter().map(one).collect()
    }
}
