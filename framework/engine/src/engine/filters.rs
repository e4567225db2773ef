//! Filters that a job needs and this machine does not have: what would end the run at its first chunk is known before.

use super::memory::streams;
use super::round::output_plans;
use crate::compute::{refused, StreamOutput};
use crate::plan::Job;
use std::collections::BTreeSet;
use trainyard_codec::{Filter, Pipeline, Plugins};
use trainyard_format::{Place, Result};

/// Those of HDF5 itself, which decodes them where we do not.
const OF_HDF5: u32 = 255;

/// # Errors
/// The first filter of pixels that have to be decoded, or are to be stored, for which nothing is there; input whose streams
/// disagree.
pub fn have_filters(job: &Job) -> Result<()> {
    let plugins = Plugins::from_environment();
    let mut asked: BTreeSet<u32> = BTreeSet::new();
    for pass in &job.passes {
        let modules = streams(job, pass)?;
        let outputs = output_plans(job, pass, &modules)?;
        for (number, (module, streams)) in job.detector.modules.iter().zip(&modules).enumerate() {
            for (at, stream) in streams.streams.iter().enumerate() {
                let mut of_writers = outputs.iter().filter_map(|outputs| outputs.streams[number][at].as_ref());
                let encoded = of_writers.any(StreamOutput::recodes);
                if !stream.decoded && !encoded {
                    continue;
                }
                for part in &module.parts {
                    let file = &job.run.files[part.file];
                    let group = &file.sources[part.source].groups[part.group];
                    let Some(dataset) = group.dataset(&stream.key) else { continue };
                    for filter in dataset.filters.iter().filter(|filter| asked.insert(filter.id)) {
                        let place = Place::file(&file.path).source(format!("{}/{}", module.source, stream.key));
                        have(filter, &plugins).map_err(|error| refused(error, place))?;
                    }
                }
            }
        }
    }
    Ok(())
}

fn have(filter: &Filter, plugins: &Plugins) -> std::result::Result<(), trainyard_codec::Error> {
    let built_in = |filter: &Filter| {
        let alone = std::slice::from_ref(filter);
        // whether its parameters are right for these chunks is asked when they are read
        !matches!(Pipeline::new(alone, 1, 1), Err(trainyard_codec::Error::UnknownFilter { .. }))
    };
    if filter.id <= OF_HDF5 || filter.is_optional() || built_in(filter) {
        return Ok(());
    }
    plugins.check(filter.id)
}
