//! A whole run folder.

use super::agipd_settings::{self, write_settings};
use super::facility::write_facility;
use super::pixels::Target;
use super::sequence::Sequence;
use super::{jungfrau, xtdf};
use crate::detector::{crystfel_geometry, Detector};
use crate::module::ModuleModel;
use crate::simulator::Simulator;
use crate::specification::SimulationSpec;
use crate::truth::{Truth, GEOMETRY_FILE, TRUTH_FILE};
use rayon::prelude::*;
use std::path::Path;
use trainyard_format::{Error, Place, Result};

/// One file to be written.
enum Work<'a> {
    Module(&'a Sequence, &'a ModuleModel),
    Facility(&'a Sequence),
    AgipdSettings(&'a Sequence),
}

/// Writes the run into `output`, a folder that is made or empty, and returns what is known of it.
///
/// The files depend on the specification alone: equal specifications give equal bytes, on any number of threads.
///
/// ```
/// use trainyard_simulate::{simulate, Detector, Kind, SimulationSpec};
///
/// let folder = tempfile::tempdir()?;
/// let spec = SimulationSpec { modules: Some(vec![3]), pulses: 4, ..SimulationSpec::new(Kind::Sfx, Detector::Lpd) };
/// let truth = simulate(&spec, folder.path())?;
/// assert_eq!(truth.frames.len(), 4 * 4);
/// assert!(folder.path().join("CORR-R0001-LPD03-S00000.h5").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`Error::Request`] when a parameter makes no sense or the folder is not empty; [`Error::Resource`] when the disk fails.
pub fn simulate(spec: &SimulationSpec, output: &Path) -> Result<Truth> {
    let simulator = Simulator::new(spec).map_err(|what| Error::request(what, Place::default()))?;
    std::fs::create_dir_all(output).map_err(|error| Error::io("create", output, &error))?;
    let mut entries = std::fs::read_dir(output).map_err(|error| Error::io("list", output, &error))?;
    if entries.next().is_some() {
        let error = Error::request("the folder is not empty", Place::file(output));
        return Err(error.with_hint("name a new folder, or remove this one first"));
    }
    let sequences = Sequence::all(&simulator);
    let mut work: Vec<Work> = Vec::new();
    for sequence in &sequences {
        work.extend(simulator.modules().iter().map(|module| Work::Module(sequence, module)));
        work.push(Work::Facility(sequence));
        if spec.detector == Detector::Agipd {
            work.push(Work::AgipdSettings(sequence));
        }
    }
    work.into_par_iter().try_for_each(|work| write_file(&simulator, output, work))?;

    let truth = simulator.truth();
    let geometry = crystfel_geometry(spec.detector, truth.distance_m, truth.photon_energy_ev);
    write_text(&output.join(GEOMETRY_FILE), &geometry)?;
    let json = serde_json::to_string_pretty(&truth)
        .map_err(|error| Error::bug(format!("failed to write the truth as JSON: {error}"), Place::file(output)))?;
    write_text(&output.join(TRUTH_FILE), &json)?;
    Ok(truth)
}

fn write_text(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|error| Error::io("write", path, &error))
}

fn write_file(simulator: &Simulator, folder: &Path, work: Work) -> Result<()> {
    let spec = simulator.spec();
    let class = if spec.corrected { "CORR" } else { "RAW" };
    match work {
        Work::Module(sequence, module) => {
            let aggregator = spec.detector.aggregator(module.number());
            let mut writer = sequence.create(simulator, folder, class, &aggregator)?;
            let source = spec.detector.source(simulator.instrument().name, module.number(), spec.corrected);
            let target = Target { simulator, module, sequence, source: &source };
            match spec.detector {
                Detector::Jungfrau => jungfrau::write_module(&target, &mut writer)?,
                _ => xtdf::write_module(&target, &mut writer)?,
            }
            writer.finish()
        }
        Work::Facility(sequence) => {
            let mut writer = sequence.create(simulator, folder, class, "DA01")?;
            write_facility(simulator, sequence, &mut writer)?;
            writer.finish()
        }
        Work::AgipdSettings(sequence) => {
            let mut writer = sequence.create(simulator, folder, class, agipd_settings::AGGREGATOR)?;
            write_settings(simulator, sequence, &mut writer)?;
            writer.finish()
        }
    }
    .map(drop)
}
