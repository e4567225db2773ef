//! One axis: from values to places, and the values that are written at it.

use trainyard_engine::algorithm::figures;

/// Most ticks of an axis.
const TICKS: f64 = 6.0;
/// Of one whose values are written in full.
const FEW_TICKS: f64 = 3.0;

#[derive(Clone, Debug)]
pub struct Scale {
    low: f64,
    high: f64,
    log: bool,
    names: bool,
    /// places of the ends
    from: f64,
    to: f64,
}

impl Scale {
    /// Over all finite values; on a logarithmic axis over those above 0. None, where there is no value.
    pub fn of(values: impl Iterator<Item = f64>, log: bool) -> Option<Scale> {
        let usable = values.filter(|value| value.is_finite() && (!log || *value > 0.0));
        let (low, high) = usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        if low > high {
            return None;
        }
        let (low, high) = match (log, low < high) {
            (true, true) => (low, high),
            (true, false) => (low / 2.0, high * 2.0),
            (false, true) => (low, high),
            (false, false) => {
                // what is nearly nought has no half
                let around = if low.abs() < 1e-290 { 1.0 } else { low.abs() * 0.5 };
                (low - around, high + around)
            }
        };
        (high - low).is_finite().then_some(Scale { low, high, log, names: false, from: 0.0, to: 1.0 })
    }

    pub fn names(self, names: bool) -> Self {
        Scale { names, ..self }
    }

    /// A little room at both ends; none below a lowest value of 0.
    pub fn widened(mut self) -> Self {
        if self.log {
            let more = libm::pow(self.high / self.low, 0.04);
            (self.low, self.high) = (self.low / more, self.high * more);
        } else {
            let more = (self.high - self.low) * 0.04;
            self.low -= if self.low == 0.0 { 0.0 } else { more };
            self.high += more;
        }
        self
    }

    pub fn between(self, from: f64, to: f64) -> Self {
        Scale { from, to, ..self }
    }

    /// None for what is no number, and for what has no place on a logarithmic axis.
    pub fn place(&self, value: f64) -> Option<f64> {
        let share = match self.log {
            true if value > 0.0 => libm::log(value / self.low) / libm::log(self.high / self.low),
            true => return None,
            false => (value - self.low) / (self.high - self.low),
        };
        share.is_finite().then(|| self.from + (self.to - self.from) * share.clamp(0.0, 1.0))
    }

    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    pub fn low(&self) -> f64 {
        self.low
    }

    /// Places with what is written there.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let values = if self.log { self.decades() } else { self.steps() };
        values.into_iter().filter_map(|(value, text)| Some((self.place(value)?, text))).collect()
    }

    fn steps(&self) -> Vec<(f64, String)> {
        let rough = (self.high - self.low) / if self.names { FEW_TICKS } else { TICKS };
        let ten = libm::pow(10.0, libm::floor(libm::log10(rough)));
        let nice = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * ten >= rough * 0.999).unwrap_or(10.0);
        let step = if self.names { (nice * ten).max(1.0) } else { nice * ten };
        let decimals = (-libm::floor(libm::log10(step) + 1e-9)).clamp(0.0, 300.0) as usize;
        let first = libm::ceil(self.low / step - 1e-9);
        let plain = (1e-4..1e5).contains(&step) && self.high.abs().max(self.low.abs()) < 1e6;
        let write = |value: f64| match (self.names, plain) {
            (true, _) => format!("{value:.0}"),
            (false, true) => format!("{value:.decimals$}"),
            (false, false) => figures(value),
        };
        let values = (0..32).map(|n| (first + f64::from(n)) * step).take_while(|v| *v <= self.high + step * 1e-9);
        // no minus before a nought
        values.map(|value| if value == 0.0 { 0.0 } else { value }).map(|value| (value, write(value))).collect()
    }

    fn decades(&self) -> Vec<(f64, String)> {
        let (first, last) = (libm::floor(libm::log10(self.low)) as i32, libm::ceil(libm::log10(self.high)) as i32);
        let every = ((last - first) as usize).div_ceil(6).max(1);
        let within: &[f64] = if last - first <= 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let all = (first..=last)
            .step_by(every)
            .flat_map(|power| within.iter().map(move |factor| factor * libm::pow(10.0, f64::from(power))));
        all.filter(|value| self.holds(*value)).map(|value| (value, figures(value))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scale: Scale) -> Vec<String> {
        scale.ticks().into_iter().map(|tick| tick.1).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        let of = |a: f64, b: f64| texts(Scale::of([a, b].into_iter(), false).unwrap());
        assert_eq!(of(0.0, 10.0), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(of(-0.31, 0.29), ["-0.3", "-0.2", "-0.1", "0.0", "0.1", "0.2"]);
        let trains = Scale::of([10_000.0, 10_399.0].into_iter(), false).unwrap().names(true);
        assert_eq!(texts(trains), ["10000", "10200"]);
        let one = Scale::of([10_000.0].into_iter(), false).unwrap().names(true);
        assert!(!texts(one).is_empty());
    }

    #[test]
    fn a_logarithmic_axis_has_no_place_for_nought() {
        let scale = Scale::of([0.0, -4.0, 1.0, 1000.0, f64::NAN].into_iter(), true).unwrap().between(0.0, 300.0);
        assert_eq!((scale.place(0.0), scale.place(10.0).map(f64::round)), (None, Some(100.0)));
        assert_eq!(texts(scale), ["1", "10", "100", "1000"]);
        assert!(Scale::of([0.0, -1.0].into_iter(), true).is_none());
    }

    #[test]
    fn odd_values_make_no_odd_axes() {
        assert!(Scale::of([f64::NAN, f64::INFINITY].into_iter(), false).is_none());
        assert!(Scale::of([f64::MIN, f64::MAX].into_iter(), false).is_none());
        for value in [0.0, -3.0, 1e300, 1e-300, 5e-324] {
            let scale = Scale::of([value].into_iter(), false).unwrap().widened();
            assert!(scale.place(value).is_some_and(f64::is_finite), "{value}");
            assert!(scale.ticks().len() < 40);
        }
        let scale = Scale::of([1.0, 2.0].into_iter(), false).unwrap();
        assert_eq!((scale.place(f64::NAN), scale.place(-9.0)), (None, Some(0.0)));
    }
}
