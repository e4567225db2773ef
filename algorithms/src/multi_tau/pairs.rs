//! Which frames of a ring form pairs, by level and distance, and their sums over the ring.

use super::MultiTau;

/// One level of one ring in one train.
pub struct Level {
    /// Sum over the ring of each frame; NaN where the frame is dropped.
    pub sums: Vec<f64>,
    /// The pairs at each distance of the level.
    pub lags: Vec<Lag>,
    /// Frames that are the past (future) of a pair at every distance of the level: their sum is shared.
    pub common_past: Vec<u32>,
    /// As `common_past`, for the later frame of a pair.
    pub common_future: Vec<u32>,
}

/// The pairs at one distance.
pub struct Lag {
    /// Number of pairs.
    pub count: u64,
    /// Sum over pairs and ring of the earlier frames.
    pub past: f64,
    /// Sum over pairs and ring of the later frames.
    pub future: f64,
    /// Earlier frames of pairs that are not in `common_past`.
    pub more_past: Vec<u32>,
    /// Later frames of pairs that are not in `common_future`.
    pub more_future: Vec<u32>,
}

impl Level {
    /// Whether the frame counts.
    pub fn is_valid(&self, frame: usize) -> bool {
        self.sums[frame].is_finite()
    }
}

/// All levels of a ring from the ring's sums in each frame (not finite: the frame is dropped).
pub fn levels(tau: &MultiTau, mut sums: Vec<f64>) -> Vec<Level> {
    let mut levels = Vec::with_capacity(tau.levels);
    for level in 0..tau.levels {
        let next = sums.chunks_exact(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
        levels.push(one_level(tau.distances(level), std::mem::replace(&mut sums, next)));
    }
    levels
}

fn one_level(distances: std::ops::Range<usize>, sums: Vec<f64>) -> Level {
    let valid: Vec<bool> = sums.iter().map(|sum| sum.is_finite()).collect();
    let pair = |early: usize, late: usize| valid[early] && valid.get(late) == Some(&true);
    let is_past = |frame: usize, distance: usize| pair(frame, frame + distance);
    let is_future = |frame: usize, distance: usize| frame >= distance && pair(frame - distance, frame);

    let frames = 0..sums.len();
    let every_past: Vec<bool> = frames.clone().map(|n| distances.clone().all(|d| is_past(n, d))).collect();
    let every_future: Vec<bool> = frames.clone().map(|n| distances.clone().all(|d| is_future(n, d))).collect();
    let indices =
        |keep: &dyn Fn(usize) -> bool| -> Vec<u32> { frames.clone().filter(|&n| keep(n)).map(|n| n as u32).collect() };

    let lags = distances
        .map(|distance| {
            let mut lag = Lag {
                count: 0,
                past: 0.0,
                future: 0.0,
                more_past: indices(&|n| is_past(n, distance) && !every_past[n]),
                more_future: indices(&|n| is_future(n, distance) && !every_future[n]),
            };
            for late in frames.clone().filter(|&late| is_future(late, distance)) {
                lag.count += 1;
                lag.past += sums[late - distance];
                lag.future += sums[late];
            }
            lag
        })
        .collect();
    let (common_past, common_future) = (indices(&|n| every_past[n]), indices(&|n| every_future[n]));
    Level { sums, lags, common_past, common_future }
}
