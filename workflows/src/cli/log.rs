//! Log lines on stderr: news and worse, or what `TRAINYARD_LOG` asks for (`info`, `trainyard_engine=debug`). They begin with the
//! local time, in seconds, and stand above the line of progress.

use super::{local_time, Exit, Failure};
use crate::progress::above;
use crate::terminal;
use std::io::{self, Write};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
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
        .with_writer(|| Above)
        .with_timer(Local)
        .with_ansi(terminal::coloured())
        .with_target(false);
    // an embedding program may have set up its own, which then stays
    let _ = subscriber.try_init();
    Ok(())
}

struct Local;

impl FormatTime for Local {
    fn format_time(&self, w: &mut Writer<'_>) -> std::fmt::Result {
        w.write_str(&local_time::now())
    }
}

/// stderr, above the line of progress.
struct Above;

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut outcome = Ok(());
        above(|| {
            let mut stderr = io::stderr().lock();
            outcome = match terminal::columns_of_stderr() {
                Some(columns) => {
                    stderr.write_all(terminal::wrapped(&String::from_utf8_lossy(bytes), columns).as_bytes())
                }
                None => stderr.write_all(bytes),
            };
        });
        outcome.map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
