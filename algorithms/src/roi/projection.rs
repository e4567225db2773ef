//! The projection of a rectangle onto one of its axes: a spectrum, where a crystal or grating spreads energies along it.
//!
//! Pixel (along, across), counted from the rectangle's corner, goes to `along + a across + b across^2`: lines that are
//! bent on the detector become straight. It is shared by distance between the two bins there, so that the sum and the centre of
//! a line stay what they are. Bad pixels are left out; `weights` says how much of a pixel each bin got.

/// How to project.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projection {
    /// position of the module
    pub module: usize,
    /// `[first, one past the last]` pixel
    pub slow: [usize; 2],
    pub fast: [usize; 2],
    /// the axis that stays
    pub along_fast: bool,
    /// a, b
    pub curvature: [f64; 2],
}

impl Projection {
    /// Bins of the result.
    pub fn bins(&self) -> usize {
        let [first, end] = if self.along_fast { self.fast } else { self.slow };
        end - first
    }

    /// Number of the first bin along its axis of the module.
    pub fn first(&self) -> usize {
        if self.along_fast {
            self.fast[0]
        } else {
            self.slow[0]
        }
    }

    /// Adds the pixels of a module, `[slow][fast]` with rows of `width`.
    pub fn add(&self, pixels: &[f32], width: usize, sums: &mut [f64], weights: &mut [f64]) {
        let [a, b] = self.curvature;
        for slow in self.slow[0]..self.slow[1] {
            let row = pixels.get(slow * width + self.fast[0]..slow * width + self.fast[1]).unwrap_or_default();
            for (fast, &value) in row.iter().enumerate().filter(|(_, value)| value.is_finite()) {
                let slow = slow - self.slow[0];
                let (along, across) = if self.along_fast { (fast, slow) } else { (slow, fast) };
                let across = across as f64;
                let position = along as f64 + a * across + b * (across * across);
                let below = position.floor();
                let share = position - below;
                for (bin, part) in [(below, 1.0 - share), (below + 1.0, share)] {
                    if bin >= 0.0 && part > 0.0 {
                        let bin = bin as usize;
                        if let (Some(sum), Some(weight)) = (sums.get_mut(bin), weights.get_mut(bin)) {
                            *sum += f64::from(value) * part;
                            *weight += part;
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bent_line_becomes_straight() {
        // 3 rows of 5; the line moves by 1.5 pixels a row
        let nan = f32::NAN;
        #[rustfmt::skip]
        let image = [
            0.0, 0.0, 0.0, 8.0, 0.0,
            0.0, 4.0, 4.0, 0.0, 0.0,
            8.0, 0.0, nan, 0.0, 1.0,
        ];
        let projection = Projection { module: 0, slow: [0, 3], fast: [0, 5], along_fast: true, curvature: [1.5, 0.0] };
        let (mut sums, mut weights) = ([0.0; 5], [0.0; 5]);
        projection.add(&image, 5, &mut sums, &mut weights);
        // row 1: 4 at 2.5 and 4 at 3.5; row 2: 8 at 3, nothing at 5
        assert_eq!(sums, [0.0, 0.0, 2.0, 20.0, 2.0]);
        assert_eq!(weights, [1.0, 1.5, 2.0, 3.0, 3.0]);
        let upright = Projection { along_fast: false, fast: [1, 4], slow: [1, 3], curvature: [0.0; 2], ..projection };
        let (mut sums, mut weights) = ([0.0; 2], [0.0; 2]);
        upright.add(&image, 5, &mut sums, &mut weights);
        assert_eq!((sums, weights, upright.bins(), upright.first()), ([8.0, 0.0], [3.0, 2.0], 2, 1));
    }
}
