//! Cells and parts sorted by pixel; see [`super::sparse`].

use super::sparse::{Pixels, SparseWorking};
use super::sums::Sums;

/// The entries of each pixel.
#[derive(Debug, Clone)]
pub(super) struct ByPixel {
    cells: usize,
    /// Entries of pixel i are `starts[i]..starts[i + 1]`.
    pub(super) starts: Vec<usize>,
    pub(super) cell: Vec<u32>,
    pub(super) part: Vec<f32>,
    /// Where every pixel lies whole in one cell, or in none: that cell, or the number of cells.
    single: Option<Vec<u32>>,
}

impl ByPixel {
    pub(super) fn new(cells: usize) -> Self {
        Self { cells, starts: vec![0], cell: Vec::new(), part: Vec::new(), single: None }
    }

    pub(super) fn push(&mut self, cell: usize, part: f32) {
        if part > 0.0 {
            self.cell.push(cell as u32);
            self.part.push(part);
        }
    }

    /// Ends a pixel.
    pub(super) fn close(&mut self) {
        self.starts.push(self.cell.len());
    }

    pub(super) fn cells(&self) -> usize {
        self.cells
    }

    pub(super) fn is_empty(&self) -> bool {
        self.single.is_none() && self.cell.is_empty()
    }

    /// Takes the shorter form where it serves.
    pub(super) fn finish(mut self) -> Self {
        let whole = self.part.iter().all(|&part| part == 1.0) && !self.cell.is_empty();
        if whole && self.starts.windows(2).all(|pair| pair[1] - pair[0] <= 1) {
            let cell = |pair: &[usize]| self.cell[pair[0]..pair[1]].first().copied().unwrap_or(self.cells as u32);
            self.single = Some(self.starts.windows(2).map(cell).collect());
            (self.starts, self.cell, self.part) = (Vec::new(), Vec::new(), Vec::new());
        }
        self
    }

    /// Adds a frame and leaves its sums in `out`, which is zero.
    pub(super) fn integrate(&self, image: &[f32], pixels: &Pixels, working: &mut SparseWorking, out: &mut Sums) {
        let SparseWorking { cells, squares, .. } = working;
        match (&self.single, pixels.spread()) {
            (Some(single), false) => {
                for (at, ((&raw, &norm), &cell)) in image.iter().zip(&pixels.norms).zip(single).enumerate() {
                    if let (Some(sums), Some([signal, variance])) =
                        (cells.get_mut(cell as usize), pixels.value(at, raw))
                    {
                        add(sums, [signal, variance, f64::from(norm), 1.0]);
                    }
                }
            }
            (Some(single), true) => {
                for (at, ((&raw, &norm), &cell)) in image.iter().zip(&pixels.norms).zip(single).enumerate() {
                    add_spread(cells, squares, cell as usize, pixels.value(at, raw), f64::from(norm), 1.0);
                }
            }
            (None, spread) => {
                for (at, ((&raw, &norm), ends)) in
                    image.iter().zip(&pixels.norms).zip(self.starts.windows(2)).enumerate()
                {
                    let (entries, norm) = (ends[0]..ends[1], f64::from(norm));
                    if entries.is_empty() {
                        continue;
                    }
                    let Some([signal, variance]) = pixels.value(at, raw) else { continue };
                    for (&cell, &part) in self.cell[entries.clone()].iter().zip(&self.part[entries]) {
                        let part = f64::from(part);
                        if spread {
                            add_spread(cells, squares, cell as usize, Some([signal, variance]), norm, part);
                        } else if let Some(sums) = cells.get_mut(cell as usize) {
                            add(sums, [signal * part, variance * (part * part), norm * part, 1.0]);
                        }
                    }
                }
            }
        }
        for (at, sums) in cells.iter_mut().enumerate() {
            let [signal, variance, norm, _] = *sums;
            (out.signal[at], out.variance[at], out.norm[at]) = (signal, variance, norm);
            *sums = [0.0; 4];
        }
        if pixels.spread() {
            out.squares.extend_from_slice(squares);
            squares.fill([0.0; 3]);
        }
    }
}

#[inline(always)]
fn add(sums: &mut [f64; 4], values: [f64; 4]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

#[inline(always)]
fn add_spread(
    cells: &mut [[f64; 4]],
    squares: &mut [[f64; 3]],
    cell: usize,
    value: Option<[f64; 2]>,
    norm: f64,
    part: f64,
) {
    if let (Some(sums), Some(squares), Some([signal, variance])) = (cells.get_mut(cell), squares.get_mut(cell), value) {
        let (signal, norm) = (signal * part, norm * part);
        add(sums, [signal, variance * (part * part), norm, 1.0]);
        squares[0] += signal * signal;
        squares[1] += signal * norm;
        squares[2] += norm * norm;
    }
}
