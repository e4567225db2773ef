//! Failure injection: what the pool does when a child hangs or dies must be seen to work.
//!
//! `TRAINYARD_OPENER_FAULT=KIND:TEXT` makes children fail on files whose path contains TEXT; KIND is `hang` (an endless
//! loop), `crash` (as a segmentation fault), `once` (the same, but for each file only the first child that sees it, which leaves
//! a file `.struck` beside it), `exit` (ends with status 9), `memory` (allocates without end) or `long` (announces a reply that is
//! too long).

use std::io::Write;
use std::path::Path;

const VARIABLE: &str = "TRAINYARD_OPENER_FAULT";

/// Fails if the environment says so.
pub(super) fn strike(path: &Path, output: &mut impl Write) {
    let Ok(setting) = std::env::var(VARIABLE) else { return };
    let Some((kind, text)) = setting.split_once(':') else { return };
    if text.is_empty() || !path.to_string_lossy().contains(text) {
        return;
    }
    match kind {
        "hang" => loop {
            std::thread::sleep(std::time::Duration::from_secs(1));
        },
        "crash" => std::process::abort(),
        "once" => {
            let mut mark = path.as_os_str().to_owned();
            mark.push(".struck");
            if std::fs::File::create_new(mark).is_ok() {
                std::process::abort();
            }
        }
        "exit" => std::process::exit(9),
        "memory" => {
            let mut held: Vec<Vec<u8>> = Vec::new();
            loop {
                held.push(vec![1; 64 << 20]);
            }
        }
        "long" => {
            let _ = output.write_all(&u64::MAX.to_le_bytes());
            let _ = output.flush();
        }
        _ => {}
    }
}
