//! What a step must be given. The planner decides from this alone which modules are read in which pass, where a barrier must
//! stand, and what waits for it.

/// Modules by their position in `Detector::modules`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub enum Modules {
    #[default]
    All,
    /// ascending, each once
    These(Vec<usize>),
}

impl Modules {
    pub fn these(positions: impl IntoIterator<Item = usize>) -> Self {
        let mut positions: Vec<usize> = positions.into_iter().collect();
        positions.sort_unstable();
        positions.dedup();
        Modules::These(positions)
    }

    pub fn none() -> Self {
        Modules::These(Vec::new())
    }

    pub fn has(&self, position: usize) -> bool {
        match self {
            Modules::All => true,
            Modules::These(positions) => positions.binary_search(&position).is_ok(),
        }
    }

    /// Those of either.
    pub fn add(&mut self, other: &Modules) {
        *self = match (&*self, other) {
            (Modules::These(own), Modules::These(more)) => Modules::these(own.iter().chain(more).copied()),
            _ => Modules::All,
        };
    }
}

/// Values beside the pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Planes {
    /// the gain stage of each pixel, or the second plane of raw AGIPD pixels
    pub gain: bool,
    /// the detector's own mask, or one that an earlier step made
    pub mask: bool,
}

impl Planes {
    /// Those of either.
    pub fn add(&mut self, other: Planes) {
        self.gain |= other.gain;
        self.mask |= other.mask;
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// whose pixels the step looks at; of others it sees none, whatever else is read beside it
    pub modules: Modules,
    /// columns that it reads, by number
    pub columns: Vec<usize>,
    /// what it sees beside the pixels, where there is any
    pub planes: Planes,
    /// of a decision: steps whose finished folds it reads, by position; [`super::Context::first_step`] is that of the first step
    /// that is configured now
    pub folds: Vec<usize>,
}

impl Needs {
    pub fn columns(columns: impl IntoIterator<Item = usize>) -> Self {
        Needs { columns: columns.into_iter().collect(), ..Needs::default() }
    }

    /// With the finished folds of other steps.
    pub fn with_folds(self, steps: impl IntoIterator<Item = usize>) -> Self {
        Needs { folds: steps.into_iter().collect(), ..self }
    }

    pub fn modules(modules: Modules) -> Self {
        Needs { modules, ..Needs::default() }
    }

    pub fn planes(planes: Planes) -> Self {
        Needs { planes, ..Needs::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_two_steps_are_read_once() {
        let mut both = Modules::these([3, 1, 3]);
        both.add(&Modules::these([2]));
        assert_eq!(both, Modules::These(vec![1, 2, 3]));
        assert!(both.has(2) && !both.has(0));
        both.add(&Modules::All);
        assert_eq!(both, Modules::All);
        let mut none = Modules::none();
        none.add(&Modules::none());
        assert!(!none.has(0));
    }
}
