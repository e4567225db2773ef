//! Log lines on stderr: news and worse, or what `TRAINYARD_LOG` asks for (`info`, `trainyard_engine=debug`).

use super::{Exit, Failure};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

const VARIABLE: &str = "TRAINYARD_LOG";

/// # Errors
/// A filter that cannot be read, exit code 3.
pub fn start() -> Result<(), Failure> {
    let wish = std::env::var(VARIABLE).unwrap_or_else(|_| "info".into());
    let filter = EnvFilter::try_new(&wish).map_err(|error| {
        let hint = "use error, warn, info, debug or trace, also by part: `trainyard_engine=debug`";
        Failure::new(Exit::Workflow, &format!("failed to read {VARIABLE}=`{wish}`: {error}"), Some(hint))
    })?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // an embedding program may have set up its own, which then stays
    let _ = subscriber.try_init();
    Ok(())
}
