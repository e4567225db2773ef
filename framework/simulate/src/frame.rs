//! What is known of a frame before its pixels.

use crate::model::{absorption, order_angle, rocking, Spot, FOLD};
use crate::random::{Purpose, Stream};
use crate::simulator::Simulator;
use crate::specification::Kind;
use crate::timing::NOMINAL_ENERGY;

/// One memory cell of one train.
#[derive(Clone, Debug, PartialEq)]
pub struct FramePlan {
    pub cell: u16,
    /// `image.pulseId`
    pub pulse_id: u64,
    /// a pulse fell into it
    pub lit: bool,
    /// `None` where the kind knows no hits, and in the dark
    pub hit: Option<bool>,
    /// uJ, 0 in the dark
    pub energy: f64,
    /// factor on the module's pattern
    pub weight: f64,
    /// factor on the module's second pattern
    pub second: f64,
    pub spots: Vec<Spot>,
}

impl FramePlan {
    /// Energy relative to the nominal one.
    pub fn factor(&self) -> f64 {
        self.energy / NOMINAL_ENERGY
    }
}

impl Simulator {
    /// The frames of a train in order of their cells; none for an empty train.
    pub fn plan_train(&self, index: u32) -> Vec<FramePlan> {
        let spec = self.spec();
        if spec.is_empty_train(index) {
            return Vec::new();
        }
        let train = spec.train_id(index);
        let timing = self.timing();
        let energies = timing.energies(train, self.normal());
        (0..timing.cells())
            .map(|cell| {
                let pulse = timing.lit_cells.binary_search(&cell).ok();
                let energy = pulse.and_then(|pulse| energies.get(pulse)).copied().unwrap_or(0.0);
                let mut frame = FramePlan {
                    cell,
                    pulse_id: timing.pulse_id(cell),
                    lit: pulse.is_some(),
                    hit: None,
                    energy,
                    weight: 0.0,
                    second: 0.0,
                    spots: Vec::new(),
                };
                if frame.lit {
                    self.set(train, &mut frame);
                }
                if frame.lit && spec.kind.has_hits() {
                    let stream = Stream::new(spec.seed, Purpose::Hit, 0, 0, train, u64::from(cell));
                    let hit = stream.uniform(0) < spec.hit_rate;
                    frame.hit = Some(hit);
                    if hit {
                        self.add_hit(train, &mut frame);
                    }
                }
                frame
            })
            .collect()
    }

    /// What the sample is in this frame.
    fn set(&self, train: u64, frame: &mut FramePlan) {
        let spec = self.spec();
        match spec.kind {
            Kind::Xas => frame.weight = libm::exp(-absorption(train)),
            Kind::Bcdi => frame.weight = rocking(train),
            Kind::Xcca => {
                let angle = f64::from(FOLD) * order_angle(spec.seed, train, frame.cell);
                (frame.weight, frame.second) = (libm::cos(angle), libm::sin(angle));
            }
            _ => {}
        }
    }

    fn add_hit(&self, train: u64, frame: &mut FramePlan) {
        match self.spec().kind {
            Kind::Sfx => frame.spots = self.spot_model().spots(train, frame.cell, frame.factor()),
            Kind::Spi => frame.weight = self.sphere().map_or(0.0, |sphere| sphere.weight(train, frame.cell)),
            _ => {}
        }
    }
}
