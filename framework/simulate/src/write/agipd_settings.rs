//! Settings of AGIPD that tell which cell sees which pulse, in `AGIPD1MCTRL00`.

use super::attributes::{describe, NUMBER};
use super::sequence::{timestamp, Sequence};
use crate::simulator::Simulator;
use crate::specification::Kind;
use crate::timing::INTEGRATION_TIME;
use trainyard_format::write::{FileWriter, Values};
use trainyard_format::Result;

/// Aggregator of the settings.
pub const AGGREGATOR: &str = "AGIPD1MCTRL00";

/// Writes the control device of a detector of the first generation.
pub fn write_settings(simulator: &Simulator, sequence: &Sequence, writer: &mut FileWriter) -> Result<()> {
    let (spec, timing) = (simulator.spec(), simulator.timing());
    let source = simulator.instrument().fpga;
    let timestamps: Vec<u64> = sequence.trains.clone().map(timestamp).collect();
    let trains = timestamps.len();
    let about = |text: &str| describe(text, NUMBER);
    let mut integers = |key: &str, value: i32, text: &str| {
        let about = about(text);
        writer.control(source, key, &Values::of(&vec![value; trains], &[]).with_attributes(&about), &timestamps)
    };
    integers("bunchStructure.nPulses", i32::from(timing.cells()), "memory cells of a train")?;
    integers("bunchStructure.firstPulse", 0, "slot of the first cell")?;
    integers("integrationTime", INTEGRATION_TIME, "clock cycles of 10 ns")?;
    integers("patternTypeIndex", if spec.kind == Kind::Dark { 1 } else { 0 }, "0: X-rays")?;
    integers("gainModeIndex", 1, "1: fixed high gain")?;
    let rate = vec![timing.repetition_rate(); trains];
    let attributes = about("MHz");
    writer.control(
        source,
        "bunchStructure.repetitionRate",
        &Values::of(&rate, &[]).with_attributes(&attributes),
        &timestamps,
    )?;
    writer.run_text(source, "patternType", if spec.kind == Kind::Dark { "Dark" } else { "XRay" })?;
    writer.run_text(source, "classId", "AgipdComposite")?;
    writer.run_text(source, "deviceId", source)
}
