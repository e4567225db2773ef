//! A counter-based generator: SplitMix64 with a start and an odd increment of its own for each stream.
//!
//! Draw `n` is `mix(state + (n + 1) gamma)`, the n-th output of SplitMix64 (Steele, Lea, Flood: "Fast splittable
//! pseudorandom number generators", OOPSLA 2014), so it can be asked for in any order. State and increment are hashes of
//! the address of the stream. Two multiplications a draw.

/// What a stream is for: streams of different purpose share nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// photon counts of the pixels of a frame
    Photons = 1,
    /// readout noise of the pixels of a frame
    Noise,
    /// pulse energies of a train
    Energy,
    /// is a frame a hit, and how strong
    Hit,
    /// Bragg spots of a frame
    Spots,
    /// offsets of the pixels of a module
    Pedestal,
    /// broken pixels of a module
    BadPixels,
    /// one mode of the speckle field of a frame, in `module` the module and in `frame` the frame
    Speckle,
    /// angle of the order of a frame
    Order,
}

/// One stream of random numbers.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    state: u64,
    gamma: u64,
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of SplitMix64 (Stafford's variant 13).
#[inline]
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Stream {
    /// `part` separates streams that agree in everything else (the modes of a speckle field).
    pub fn new(seed: u64, purpose: Purpose, part: u64, module: u16, train: u64, frame: u64) -> Self {
        let address = [purpose as u64, part, u64::from(module), train, frame];
        let state = address
            .iter()
            .fold(mix(seed ^ GOLDEN), |hash, &word| mix(hash.wrapping_mul(GOLDEN) ^ mix(word.wrapping_add(GOLDEN))));
        // an odd increment with enough changes between neighbouring bits, as the paper's mixGamma
        let mut gamma = mix(state ^ 0xD1B5_4A32_D192_ED03) | 1;
        if (gamma ^ (gamma >> 1)).count_ones() < 24 {
            gamma ^= 0xAAAA_AAAA_AAAA_AAAA;
        }
        Stream { state, gamma }
    }

    /// Draw number `n`: 64 random bits.
    #[inline]
    pub fn bits(&self, n: u64) -> u64 {
        mix(self.state.wrapping_add(self.gamma.wrapping_mul(n.wrapping_add(1))))
    }

    /// Draw number `n` as a multiple of 2^-53 in [0, 1).
    #[inline]
    pub fn uniform(&self, n: u64) -> f64 {
        (self.bits(n) >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }
}

/// Draw `attempt` of item `item`: no two items of a stream share a draw.
#[inline]
pub(super) fn draw(item: u32, attempt: u32) -> u64 {
    u64::from(item) | u64::from(attempt) << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_splitmix64() {
        // published first outputs of SplitMix64 for the seed 1234567
        let stream = Stream { state: 1_234_567, gamma: GOLDEN };
        let drawn: Vec<u64> = (0..3).map(|n| stream.bits(n)).collect();
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn every_part_of_the_address_matters() {
        let base = (7, Purpose::Photons, 0, 3, 10_001, 5);
        let of = |(seed, purpose, part, module, train, frame)| {
            Stream::new(seed, purpose, part, module, train, frame).bits(0)
        };
        let all = [
            of(base),
            of((8, base.1, 0, 3, 10_001, 5)),
            of((7, Purpose::Noise, 0, 3, 10_001, 5)),
            of((7, base.1, 1, 3, 10_001, 5)),
            of((7, base.1, 0, 4, 10_001, 5)),
            of((7, base.1, 0, 3, 10_002, 5)),
            of((7, base.1, 0, 3, 10_001, 6)),
            of((7, base.1, 0, 5, 10_001, 3)),
        ];
        let different: std::collections::BTreeSet<u64> = all.into_iter().collect();
        assert_eq!(different.len(), all.len());
    }

    #[test]
    fn uniform_numbers_are_uniform() {
        let stream = Stream::new(1, Purpose::Photons, 0, 0, 1, 1);
        let n = 1 << 20;
        let mut bins = [0u32; 64];
        for i in 0..n {
            bins[(stream.uniform(i) * 64.0) as usize] += 1;
        }
        let expected = n as f64 / 64.0;
        let chi2: f64 = bins.iter().map(|&b| (f64::from(b) - expected).powi(2) / expected).sum();
        // 63 degrees of freedom: mean 63, standard deviation 11.2
        assert!((20.0..120.0).contains(&chi2), "{chi2}");
    }
}
