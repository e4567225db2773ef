//! The program that runs: its name, version and build.

use super::build_id::build_id;
use super::Failure;
use trainyard_engine::algorithm::Registry;
use trainyard_engine::plan::Program;

/// Of the program whose steps are in `registry`.
///
/// # Errors
/// An executable that cannot be read.
pub fn program(registry: &Registry) -> Result<Program, Failure> {
    let own = env!("CARGO_PKG_VERSION");
    let build = build_id()?.to_owned();
    Ok(match registry.program() {
        None => Program { name: env!("CARGO_PKG_NAME").into(), version: own.into(), build, trainyard: None },
        Some((name, version)) => {
            Program { name: name.into(), version: version.into(), build, trainyard: Some(own.into()) }
        }
    })
}
