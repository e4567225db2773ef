//! What the accelerator says: the bunch pattern table and the energy of every pulse, in `DA01`.

use super::attributes::{describe, MICROJOULE, NUMBER};
use super::sequence::{timestamp, Sequence};
use crate::simulator::Simulator;
use crate::timing::{BUNCH_SLOTS, XGM_PULSES};
use trainyard_format::write::{FileWriter, Values};
use trainyard_format::Result;

/// Writes both sources and the mean energy as a slow value of the XGM.
pub fn write_facility(simulator: &Simulator, sequence: &Sequence, writer: &mut FileWriter) -> Result<()> {
    let (spec, timing, instrument) = (simulator.spec(), simulator.timing(), simulator.instrument());
    let ones = vec![1u64; sequence.trains.len()];
    let (mut table, mut intensity, mut sigma, mut mean) = (Vec::new(), Vec::new(), Vec::new(), Vec::<f32>::new());
    for index in sequence.trains.clone() {
        let empty = spec.is_empty_train(index);
        let energies = timing.energies(spec.train_id(index), simulator.normal());
        table.extend(timing.bunch_pattern(empty));
        let seen = timing.xgm(&energies, empty);
        sigma.extend(timing.xgm_sigma(&seen));
        intensity.extend(seen);
        let sum: f64 = energies.iter().sum();
        mean.push(if empty || energies.is_empty() { 0.0 } else { (sum / energies.len() as f64) as f32 });
    }
    let train_ids: Vec<u64> = sequence.trains.clone().map(|index| spec.train_id(index)).collect();

    let source = format!("{}:outputBunchPattern", instrument.time_server);
    writer.instrument_index(&source, "data", &ones)?;
    let about = describe("destination of each bunch in bits 18-21", NUMBER);
    writer.rows(
        &source,
        "data.bunchPatternTable",
        &Values::of(&table, &[BUNCH_SLOTS as u64]).with_attributes(&about),
    )?;
    writer.rows(&source, "data.trainId", &Values::of(&train_ids, &[]))?;

    let source = format!("{}:output", instrument.xgm);
    writer.instrument_index(&source, "data", &ones)?;
    let shape = [XGM_PULSES as u64];
    let about = describe("energy of each pulse", MICROJOULE);
    writer.rows(&source, "data.intensityTD", &Values::of(&intensity, &shape).with_attributes(&about))?;
    let about = describe("standard deviation of the energy", MICROJOULE);
    writer.rows(&source, "data.intensitySigmaTD", &Values::of(&sigma, &shape).with_attributes(&about))?;
    writer.rows(&source, "data.trainId", &Values::of(&train_ids, &[]))?;

    let timestamps: Vec<u64> = sequence.trains.clone().map(timestamp).collect();
    let about = describe("mean energy of the pulses of a train", MICROJOULE);
    let values = Values::of(&mean, &[]).with_attributes(&about);
    writer.control(instrument.xgm, "pulseEnergy.photonFlux", &values, &timestamps)?;
    writer.run_text(instrument.xgm, "classId", "DoocsXGM")?;
    writer.run_text(instrument.xgm, "deviceId", instrument.xgm)
}
