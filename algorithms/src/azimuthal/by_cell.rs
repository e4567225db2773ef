//! Pixels and parts sorted by cell; see [`super::sparse`].

use super::by_pixel::ByPixel;
use super::options::Statistic;
use super::ring::{self, Member};
use super::sparse::{Pixels, SparseWorking};
use super::sums::Sums;

/// The entries of each cell.
#[derive(Debug, Clone)]
pub(super) struct ByCell {
    /// Entries of cell i are `starts[i]..starts[i + 1]`.
    starts: Vec<usize>,
    pixel: Vec<u32>,
    part: Vec<f32>,
}

impl ByCell {
    /// Sorts the entries of a table; those of a cell stay in the order of their pixels.
    pub(super) fn new(table: &ByPixel) -> Self {
        let mut starts = vec![0usize; table.cells() + 1];
        for &cell in &table.cell {
            starts[cell as usize + 1] += 1;
        }
        for cell in 0..table.cells() {
            starts[cell + 1] += starts[cell];
        }
        let mut next = starts.clone();
        let (mut pixel, mut part) = (vec![0u32; table.cell.len()], vec![0.0f32; table.cell.len()]);
        for (at, ends) in table.starts.windows(2).enumerate() {
            for entry in ends[0]..ends[1] {
                let place = &mut next[table.cell[entry] as usize];
                (pixel[*place], part[*place]) = (at as u32, table.part[entry]);
                *place += 1;
            }
        }
        Self { starts, pixel, part }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pixel.is_empty()
    }

    /// Entries of the cell that has most.
    pub(super) fn longest(&self) -> usize {
        self.starts.windows(2).map(|ends| ends[1] - ends[0]).max().unwrap_or(0)
    }

    /// Leaves the sums of a frame in `out`, which is zero.
    pub(super) fn integrate(
        &self,
        image: &[f32],
        pixels: &Pixels,
        statistic: Statistic,
        working: &mut SparseWorking,
        out: &mut Sums,
    ) {
        if pixels.spread() {
            out.squares.resize(out.signal.len(), [0.0; 3]);
        }
        let ring = &mut working.ring;
        for (cell, ends) in self.starts.windows(2).enumerate() {
            let entries = ends[0]..ends[1];
            ring.clear();
            ring.extend(self.pixel[entries.clone()].iter().zip(&self.part[entries]).filter_map(|(&pixel, &part)| {
                let at = pixel as usize;
                let [signal, variance] = pixels.value(at, image[at])?;
                let (norm, part) = (f64::from(pixels.norms[at]), f64::from(part));
                let value = signal / norm;
                Some(Member { value, weight: norm * part, variance: variance * (part * part) })
            }));
            match statistic {
                Statistic::Clipped { limit, rounds } => ring::clip(ring, pixels.model, pixels.known(), limit, rounds),
                Statistic::Between { low, high } => ring::between(ring, [low, high]),
                Statistic::Mean => {}
            }
            for member in ring.iter() {
                let signal = member.value * member.weight;
                out.signal[cell] += signal;
                out.variance[cell] += member.variance;
                out.norm[cell] += member.weight;
                if let Some(squares) = out.squares.get_mut(cell) {
                    squares[0] += signal * signal;
                    squares[1] += signal * member.weight;
                    squares[2] += member.weight * member.weight;
                }
            }
        }
    }
}
