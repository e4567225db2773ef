//! Figures: a line each as soon as it is known, or all of them as JSON in the end.

use crate::cli::output::{print, print_json};
use crate::cli::Failure;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measurement {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
}

pub struct Report {
    json: bool,
    all: Vec<Measurement>,
}

impl Report {
    pub fn new(json: bool) -> Self {
        Report { json, all: Vec::new() }
    }

    /// # Errors
    /// When stdout cannot be written.
    pub fn add(&mut self, name: impl Into<String>, value: f64, unit: &'static str) -> Result<(), Failure> {
        let measurement = Measurement { name: name.into(), value, unit };
        if !self.json {
            print(&format!("{} {} {unit}\n", measurement.name, figures(value)))?;
        }
        self.all.push(measurement);
        Ok(())
    }

    /// Seconds of ours and of a peer, and the ratio.
    ///
    /// # Errors
    /// As [`Report::add`].
    pub fn slower(&mut self, name: &str, ours: f64, peer: Option<f64>, peer_name: &str) -> Result<(), Failure> {
        let Some(peer) = peer else { return Ok(()) };
        self.add(format!("{name}-{peer_name}"), peer, "s")?;
        self.add(format!("{name}-{peer_name}-ratio"), peer / ours, "x")
    }

    /// Rates of ours and of a peer, and the ratio.
    ///
    /// # Errors
    /// As [`Report::add`].
    pub fn rates(
        &mut self,
        name: &str,
        ours: f64,
        peer: Option<f64>,
        peer_name: &str,
        unit: &'static str,
    ) -> Result<(), Failure> {
        self.add(name, ours, unit)?;
        let Some(peer) = peer else { return Ok(()) };
        self.add(format!("{name}-{peer_name}"), peer, unit)?;
        self.add(format!("{name}-{peer_name}-ratio"), ours / peer, "x")
    }

    /// # Errors
    /// When stdout cannot be written.
    pub fn finish(&self) -> Result<(), Failure> {
        if self.json {
            print_json(&self.all)?;
        }
        Ok(())
    }
}

/// Three figures, no exponent: `0.412`, `4.12`, `41.2`, `412`, `4120`.
fn figures(value: f64) -> String {
    let digits = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::figures;

    #[test]
    fn three_figures() {
        let shown: Vec<String> = [0.4123, 4.123, 41.23, 412.3, 4123.0].map(figures).into();
        assert_eq!(shown, ["0.412", "4.12", "41.2", "412", "4123"]);
    }
}
