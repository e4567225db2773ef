//! Signals, and the one that warns a job of its coming end: `--signal=B:USR1@90`.

use crate::Error;
use std::time::Duration;

/// A signal that makes sense for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Signal {
    Hup,
    Int,
    Quit,
    Usr1,
    Usr2,
    Term,
    Kill,
    Cont,
    Stop,
}

impl Signal {
    /// Slurm's name for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hup => "HUP",
            Self::Int => "INT",
            Self::Quit => "QUIT",
            Self::Usr1 => "USR1",
            Self::Usr2 => "USR2",
            Self::Term => "TERM",
            Self::Kill => "KILL",
            Self::Cont => "CONT",
            Self::Stop => "STOP",
        }
    }
}

/// A signal to be sent some time before the time limit ends the job. It may come up to 60 s earlier, as Slurm checks once a
/// minute, so leave room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SignalBefore {
    signal: Signal,
    lead: Duration,
    to_script: bool,
}

impl SignalBefore {
    /// This signal, so long before the end, to the processes of all steps.
    #[must_use]
    pub fn new(signal: Signal, lead: Duration) -> Self {
        Self { signal, lead, to_script: false }
    }

    /// Sends it to the job's script alone. The shell acts on it when its current command ends, so the script has to run that
    /// command in the background and `wait` for it.
    #[must_use]
    pub fn to_script(mut self) -> Self {
        self.to_script = true;
        self
    }

    pub(super) fn value(&self) -> Result<String, Error> {
        let seconds = self.lead.as_secs();
        // Slurm keeps the lead in 16 bits.
        if !(1..=65_535).contains(&seconds) {
            return Err(Error::Request(format!(
                "the signal's lead must lie within 1..=65535 s, not {} s",
                self.lead.as_secs_f64()
            )));
        }
        Ok(format!("{}{}@{seconds}", if self.to_script { "B:" } else { "" }, self.signal.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_as_sbatch_wants_them() {
        let lead = Duration::from_secs(90);
        assert_eq!(SignalBefore::new(Signal::Usr1, lead).to_script().value().unwrap(), "B:USR1@90");
        assert_eq!(SignalBefore::new(Signal::Term, lead).value().unwrap(), "TERM@90");
        assert!(SignalBefore::new(Signal::Usr1, Duration::ZERO).value().is_err());
        assert!(SignalBefore::new(Signal::Usr1, Duration::from_secs(65_536)).value().is_err());
    }
}
