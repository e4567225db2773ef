//! The computing side: batches to the workers, their results folded in the order of the run.

use super::pace::Pace;
use super::pipeline::{Beginning, Lane, Leaving, ToCompute, ToWriter};
use super::Meter;
use crate::algorithm::{OutputDecl, Partial, RowSink, StepKind, TrainExtract};
use crate::compute::{
    told_by, BlockResult, BlockTask, Cores, Executor, Fold, FrameResult, Maps, RowOut, StreamOutput, Workers,
};
use crate::plan::{FateCodes, Job, Pass, PlannedStep};
use crate::read::{Batch, Prepared, StreamChunks, Window};
use crate::store::{complete, ChunkAssembler, ChunkJob, FinishedChunk, Folds, Kept, MapsSpool, Part, RowSpool};
use crossbeam_channel::{Receiver, Sender};
use rayon::prelude::*;
use std::sync::Arc;
use std::time::Instant;
use trainyard_codec::lossy::Achieved;
use trainyard_codec::Scratch;
use trainyard_format::detector::Row;
use trainyard_format::{Error, Place, Result};

/// What a train step has gathered of the train being read.
#[derive(Default)]
struct Gathered {
    pulse_ids: Vec<u64>,
    data: Vec<f32>,
}

/// A sequence between its start and its end.
struct Progress {
    prepared: Arc<Prepared>,
    part: Part,
    rows: RowSpool,
    /// by position among the pass's steps: frames of each train that it took in
    frames_in: Vec<Vec<u32>>,
    /// by position among the pass's steps
    folds: Vec<Fold>,
    train_partials: Vec<Option<Partial>>,
    /// of the window
    maps: Maps,
    stored_maps: MapsSpool,
    /// of a pass by modules, by frame: a good pixel was seen; counted among the frames looked at
    seen: Vec<(bool, bool)>,
    gathered: Vec<Gathered>,
    /// train whose frames are being absorbed
    train: Option<usize>,
    /// `[writer][module][stream]`
    assemblers: Vec<Vec<Vec<ChunkAssembler>>>,
    /// `[writer][module]`
    last_row: Vec<Vec<Option<(u32, u64)>>>,
    pace: Pace,
}

/// A train that is complete: (position among the steps, train, what was gathered)
type Closed = (usize, usize, Gathered);

impl Progress {
    fn new(lane: &Lane<'_>, Beginning { prepared, rows, bytes_in, visits }: Beginning) -> Result<Self> {
        let pass = &lane.job.passes[lane.pass_number];
        let trains = prepared.frames.trains.len();
        let part = Part {
            starts: prepared.frames.starts.clone(),
            pulse_id: prepared.frames.pulse_id.clone(),
            cell_id: prepared.frames.cell_id.clone(),
            fates: prepared.fates.clone(),
            taken: prepared.taken.clone(),
            achieved: vec![Vec::new(); lane.outputs.len()],
            lossy_bytes: vec![0; lane.outputs.len()],
            columns: prepared.columns.clone(),
            frames_in: judging(lane).map(|step| (step, prepared.judged.clone())).collect(),
            bytes_in,
            skipped: prepared.problems.clone(),
            ..Part::default()
        };
        let mut part = part;
        if !pass.writes.is_empty() && lane.job.chooses() {
            part.taken = vec![0; prepared.frames.len()];
        }
        let path = lane.writing.join(lane.work.rows_name(lane.pass_number, prepared.sequence));
        let mut spool = RowSpool::new(path);
        rows.into_iter().try_for_each(|(step, of, row)| spool.push(Kept::Rows(step), of, &row))?;
        let assembler =
            |output: &Option<StreamOutput>| ChunkAssembler::new(output.as_ref().map_or(1, |o| o.rows_per_chunk));
        let of_module = |streams: &Vec<_>| streams.iter().map(assembler).collect();
        let assemblers = lane.outputs.iter().map(|outputs| outputs.streams.iter().map(of_module).collect()).collect();
        Ok(Progress {
            rows: spool,
            frames_in: vec![vec![0; trains]; pass.steps.len()],
            folds: pass.steps.iter().map(|_| Fold::default()).collect(),
            train_partials: pass.steps.iter().map(|_| None).collect(),
            maps: Maps::new(lane.job, pass, &Window::whole(lane.modules.len())),
            stored_maps: MapsSpool::new(lane.writing.join(lane.work.maps_name(lane.pass_number, prepared.sequence))),
            seen: vec![(false, false); if pass.by_module { prepared.frames.len() } else { 0 }],
            gathered: pass.steps.iter().map(|_| Gathered::default()).collect(),
            train: None,
            assemblers,
            last_row: vec![vec![None; lane.modules.len()]; lane.outputs.len()],
            pace: Pace::of(&prepared, visits, lane.meter),
            prepared,
            part,
        })
    }

    /// The train being absorbed is complete: its partials join the tree, what was gathered of it goes to its step.
    fn close_train(&mut self, job: &Job, pass: &Pass, closed: &mut Vec<Closed>) -> Result<()> {
        let Some(train) = self.train.take() else { return Ok(()) };
        let train_id = self.prepared.frames.trains[train];
        for (position, &number) in pass.steps.iter().enumerate() {
            let planned = &job.steps[number];
            let told = |e: Error| of_train(planned, train_id, e);
            match &planned.step.kind {
                StepKind::Frame(step) => {
                    let Some(partial) = self.train_partials[position].take() else { continue };
                    let outputs = planned.step.rows.by_train();
                    if !outputs.is_empty() {
                        let mut bytes = Vec::new();
                        let mut row = RowSink::new(outputs, &mut bytes);
                        step.train(&partial, &mut row).and_then(|()| row.end()).map_err(told)?;
                        self.rows.push(Kept::Rows(number), train, &bytes)?;
                    }
                    self.folds[position].push(partial, &|a, b| step.merge(a, b)).map_err(told)?;
                }
                StepKind::Train(_) => {
                    let gathered = std::mem::take(&mut self.gathered[position]);
                    if !gathered.pulse_ids.is_empty() {
                        closed.push((position, train, gathered));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Runs the train steps on complete trains, in parallel, and folds their partials in order.
    fn run_trains(&mut self, job: &Job, pass: &Pass, closed: Vec<Closed>) -> Result<()> {
        let trains = &self.prepared.frames.trains;
        let done: Vec<(usize, usize, Partial, Vec<u8>)> = closed
            .into_par_iter()
            .filter_map(|(position, train, gathered)| {
                let planned = &job.steps[pass.steps[position]];
                let StepKind::Train(step) = &planned.step.kind else { return None };
                let extract = TrainExtract {
                    train_id: trains[train],
                    pulse_ids: &gathered.pulse_ids,
                    len: step.extract_len(),
                    data: &gathered.data,
                };
                let mut bytes = Vec::new();
                let mut row = RowSink::new(planned.step.rows.by_train(), &mut bytes);
                let outcome = step.train(&extract, &mut row).and_then(|partial| row.end().map(|()| partial));
                let outcome = outcome.map_err(|e| of_train(planned, trains[train], e));
                Some(outcome.map(|partial| (position, train, partial, bytes)))
            })
            .collect::<Result<_>>()?;
        for (position, train, partial, bytes) in done {
            let number = pass.steps[position];
            let planned = &job.steps[number];
            let StepKind::Train(step) = &planned.step.kind else { continue };
            if !bytes.is_empty() {
                self.rows.push(Kept::Rows(number), train, &bytes)?;
            }
            let told = |e: Error| told_by(planned, None, e);
            self.folds[position].push(partial, &|a, b| step.merge(a, b)).map_err(told)?;
        }
        Ok(())
    }

    fn absorb(
        &mut self,
        lane: &Lane<'_>,
        pass: &Pass,
        window: &Window,
        results: Vec<BlockResult>,
        out: &mut Outgoing,
    ) -> Result<Vec<Closed>> {
        let job = lane.job;
        let mut closed = Vec::new();
        for mut result in results {
            let train = result.block.train;
            if self.train != Some(train) {
                self.close_train(job, pass, &mut closed)?;
                self.train = Some(train);
            }
            for (position, &number) in pass.steps.iter().enumerate() {
                if window.has_first_module() {
                    self.frames_in[position][train] += result.frames_in[position];
                }
                if let (StepKind::Frame(step), Some(partial)) =
                    (&job.steps[number].step.kind, result.partials[position].take())
                {
                    match &mut self.train_partials[position] {
                        Some(whole) => {
                            step.merge(whole, partial).map_err(|e| told_by(&job.steps[number], None, e))?;
                        }
                        empty => *empty = Some(partial),
                    }
                }
            }
            for (&frame, mut done) in result.block.frames.iter().zip(result.frames) {
                self.part.fates[frame] = done.fate;
                if let Some(taken) = self.part.taken.get_mut(frame).filter(|_| !pass.writes.is_empty()) {
                    *taken = done.taken;
                }
                self.part.skipped.extend(done.damage.take());
                self.part.measured.extend(done.measured.drain(..).map(|m| (frame as u32, m)));
                let first = self.first_visit(frame, done.blank);
                if !pass.by_module {
                    self.part.blank += u64::from(done.blank);
                    self.part.blank_values.extend(done.blank_values);
                }
                for (column, value) in done.columns.drain(..) {
                    self.part.columns[column][frame] = value;
                }
                for (position, rows) in done.rows.drain(..).enumerate() {
                    if let Some(bytes) = rows {
                        self.rows.push(Kept::Rows(pass.steps[position]), frame, &bytes)?;
                    }
                }
                for (position, entries) in done.lists.drain(..).enumerate() {
                    let number = pass.steps[position];
                    let length = job.steps[number].step.listed().iter().map(OutputDecl::row_bytes).sum::<usize>();
                    for entry in entries.chunks_exact(length.max(1)) {
                        self.rows.push(Kept::List(number), frame, entry)?;
                    }
                }
                for (position, extract) in done.extracts.drain(..).enumerate() {
                    if let Some(values) = extract {
                        self.gathered[position].pulse_ids.push(self.prepared.frames.pulse_id[frame]);
                        self.gathered[position].data.extend_from_slice(&values);
                    }
                }
                self.pace.one_more(lane.meter);
                if done.fate == FateCodes::KEPT {
                    self.part.count(&done.counts);
                }
                if first {
                    Meter::add(&lane.meter.frames_done, 1);
                    Meter::add(&lane.meter.frames_kept, u64::from(done.fate == FateCodes::KEPT));
                }
                self.send(train, frame, done, out);
            }
        }
        Ok(closed)
    }

    /// Rows of a frame on their way to the files of each writer.
    fn send(&mut self, train: usize, frame: usize, done: FrameResult, out: &mut Outgoing) {
        let FrameResult { out: written, achieved, .. } = done;
        for (writer, modules) in written.into_iter().enumerate() {
            for (module, streams) in modules.into_iter().enumerate() {
                let Some(row) = self.prepared.frames.rows[module][frame] else { continue };
                let last = &mut self.last_row[writer][module];
                if *last == Some((row.part, row.row)) {
                    continue;
                }
                *last = Some((row.part, row.row));
                for (_, _, error) in achieved.iter().filter(|(w, m, _)| (*w, *m) == (writer, module)) {
                    let of_module = &mut self.part.achieved[writer];
                    of_module.resize(self.prepared.frames.rows.len(), Achieved::default());
                    of_module[module].merge(error);
                    if let Some(Some(RowOut::Encoded { bytes, .. })) = streams.first() {
                        self.part.lossy_bytes[writer] += bytes.len() as u64;
                    }
                }
                out.kept.push((writer, module, train, row));
                for (stream, row) in streams.into_iter().enumerate() {
                    let job = row.and_then(|row| self.assemblers[writer][module][stream].push(row));
                    out.jobs.extend(job.map(|job| ([writer, module, stream], job)));
                }
            }
        }
    }
}

impl Progress {
    /// Whether a frame comes for the first time. In a pass by modules it comes once a window, and is blank if it was in all.
    fn first_visit(&mut self, frame: usize, blank: bool) -> bool {
        let Some((seen, counted)) = self.seen.get_mut(frame) else { return true };
        *seen |= !blank;
        !std::mem::replace(counted, true)
    }

    /// What belongs to the window is complete.
    fn next_window(&mut self, job: &Job, pass: &Pass, window: &Window) -> Result<()> {
        let complete = std::mem::replace(&mut self.maps, Maps::new(job, pass, window));
        complete.store(job, |tile| self.stored_maps.push(tile))
    }
}

/// What a step says of a train.
fn of_train(planned: &PlannedStep, train: u64, error: Error) -> Error {
    let place = Place { train: error.place().train.or(Some(train)), ..error.place().clone() };
    told_by(planned, None, error.at(place))
}

/// Rows and chunks on their way to the writer.
#[derive(Default)]
struct Outgoing {
    kept: Vec<(usize, usize, usize, Row)>,
    jobs: Vec<([usize; 3], ChunkJob)>,
}

impl Outgoing {
    fn complete(self, lane: &Lane<'_>, chunks: &[Vec<StreamChunks>], part: &mut Part) -> Result<ToWriter> {
        let none = StreamChunks::default();
        let finished: Vec<([usize; 3], FinishedChunk)> = self
            .jobs
            .into_par_iter()
            .map_init(Scratch::default, |scratch, ([writer, module, stream], job)| {
                let output = lane.outputs[writer].streams[module][stream].as_ref();
                let output =
                    output.ok_or_else(|| Error::bug("a chunk of a stream that is not written", Place::default()))?;
                let known = chunks.get(module).and_then(|m| m.get(stream)).unwrap_or(&none);
                let of = &lane.modules[module].streams[stream];
                let place = |part: u32| {
                    let file = of.parts.get(part as usize).and_then(Option::as_ref).map(|p| p.file);
                    let place = file.map_or_else(Place::default, |f| Place::file(&lane.job.run.files[f].path));
                    place.source(format!("{}/{}", lane.job.detector.modules[module].source, of.key))
                };
                let chunk = complete(job, of, output, known, &place, scratch)?;
                Ok(([writer, module, stream], chunk))
            })
            .collect::<Result<_>>()?;
        for (_, chunk) in &finished {
            if chunk.copied {
                part.chunks_copied += 1;
            } else {
                part.chunks_encoded += 1;
            }
        }
        Ok(ToWriter::Chunks { kept: self.kept, chunks: finished, buffers: Vec::new() })
    }
}

impl Lane<'_> {
    pub(super) fn compute(
        &self,
        pool: &rayon::ThreadPool,
        from_reader: Receiver<ToCompute>,
        to_writer: Sender<ToWriter>,
    ) -> Result<()> {
        let pass = &self.job.passes[self.pass_number];
        let executor = Cores::new(Workers::new(self.job, pass));
        let bad = bad_pixels(self.job);
        let mut progress: Option<Progress> = None;
        loop {
            let waiting = Instant::now();
            let Ok(message) = from_reader.recv() else { return Ok(()) };
            Meter::time(&self.meter.wait_read_ns, waiting.elapsed());
            let computing = Instant::now();
            let messages = match (message, progress.as_mut()) {
                (ToCompute::Start(beginning), _) => {
                    let prepared = beginning.prepared.clone();
                    progress = Some(Progress::new(self, *beginning)?);
                    vec![ToWriter::Start(prepared)]
                }
                (ToCompute::Window(window), Some(sequence)) => {
                    pool.install(|| sequence.next_window(self.job, pass, &window))?;
                    Vec::new()
                }
                (ToCompute::Batch(batch), Some(sequence)) => {
                    vec![pool.install(|| self.compute_batch(pass, &executor, &bad, sequence, batch))?]
                }
                (ToCompute::End, Some(_)) => match progress.take() {
                    Some(sequence) => pool.install(|| self.end_sequence(pass, sequence))?,
                    None => Vec::new(),
                },
                (_, None) => return Err(Error::bug("a batch without its sequence", Place::default())),
            };
            Meter::time(&self.meter.compute_ns, computing.elapsed());
            let waiting = Instant::now();
            for message in messages {
                if to_writer.send(message).is_err() {
                    return Ok(());
                }
            }
            Meter::time(&self.meter.wait_write_ns, waiting.elapsed());
        }
    }

    fn compute_batch(
        &self,
        pass: &Pass,
        executor: &dyn Executor,
        bad: &[Vec<u32>],
        sequence: &mut Progress,
        batch: Batch,
    ) -> Result<ToWriter> {
        let prepared = sequence.prepared.clone();
        let task = BlockTask {
            job: self.job,
            pass,
            modules: self.modules,
            outputs: self.outputs,
            bad,
            prepared: &prepared,
            batch: &batch,
            measure_all: false,
        };
        let mut results = executor.process(&task)?;
        for (step, train, row) in sequence.maps.add(self.job, pass, &mut results)? {
            sequence.rows.push(Kept::Rows(step), train, &row)?;
        }
        let mut out = Outgoing::default();
        let closed = sequence.absorb(self, pass, &batch.window, results, &mut out)?;
        sequence.run_trains(self.job, pass, closed)?;
        let message = out.complete(self, &batch.chunks, &mut sequence.part)?;
        sequence.assemblers.iter_mut().flatten().flatten().for_each(ChunkAssembler::detach);
        Ok(match message {
            ToWriter::Chunks { kept, chunks, .. } => ToWriter::Chunks { kept, chunks, buffers: batch.buffers },
            other => other,
        })
    }

    fn end_sequence(&self, pass: &Pass, mut sequence: Progress) -> Result<Vec<ToWriter>> {
        let mut closed = Vec::new();
        sequence.close_train(self.job, pass, &mut closed)?;
        sequence.run_trains(self.job, pass, closed)?;
        let mut out = Outgoing::default();
        for (writer, modules) in sequence.assemblers.iter_mut().enumerate() {
            for (module, streams) in modules.iter_mut().enumerate() {
                for (stream, assembler) in streams.iter_mut().enumerate() {
                    out.jobs.extend(assembler.finish().map(|job| ([writer, module, stream], job)));
                }
            }
        }
        let last = out.complete(self, &[], &mut sequence.part)?;
        for (step, train, row) in sequence.maps.end(self.job)? {
            sequence.rows.push(Kept::Rows(step), train, &row)?;
        }
        sequence.next_window(self.job, pass, &Window::whole(0))?;
        let unseen = sequence.seen.iter().filter(|(seen, counted)| *counted && !*seen).count();
        sequence.part.blank += unseen as u64;
        let mut folds = Folds::default();
        for (&number, fold) in pass.steps.iter().zip(sequence.folds) {
            let planned = &self.job.steps[number];
            let stored = match &planned.step.kind {
                StepKind::Frame(step) => {
                    fold.finish(&|a, b| step.merge(a, b)).and_then(|whole| whole.map(|p| step.store(&p)).transpose())
                }
                StepKind::Train(step) => {
                    fold.finish(&|a, b| step.merge(a, b)).and_then(|whole| whole.map(|p| step.store(&p)).transpose())
                }
                _ => Ok(None),
            };
            let stored = stored.map_err(|e| told_by(planned, None, e))?;
            folds.partials.extend(stored.map(|bytes| (number, bytes)));
        }
        let looks = |&&step: &&usize| self.job.steps[step].step.kind.reads();
        let mut part = sequence.part;
        let counted = pass.steps.iter().zip(sequence.frames_in).filter(|(step, _)| looks(step));
        part.frames_in.extend(counted.map(|(&step, counts)| (step, counts)));
        let leaving = Leaving { part, rows: sequence.rows.finish()?, folds, maps: sequence.stored_maps };
        Ok(vec![last, ToWriter::Finish(Box::new(leaving))])
    }
}

/// Decisions at the barrier in front of the pass.
fn judging<'a>(lane: &Lane<'a>) -> impl Iterator<Item = usize> + 'a {
    let before = lane.pass_number.checked_sub(1).and_then(|before| lane.job.passes.get(before));
    before.into_iter().flat_map(|pass| pass.tables.iter().copied())
}

/// Positions of the pixels that are bad in every frame, by module.
pub(super) fn bad_pixels(job: &Job) -> Vec<Vec<u32>> {
    let pixels = job.detector.module_pixels();
    (0..job.detector.modules.len())
        .map(|m| match job.image.bad_pixels.get(m * pixels..(m + 1) * pixels) {
            Some(bad) => (0..pixels as u32).filter(|&p| bad[p as usize]).collect(),
            None => Vec::new(),
        })
        .collect()
}
