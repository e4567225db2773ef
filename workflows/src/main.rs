//! The `trainyard` program with the algorithms that come with it.

use std::process::ExitCode;

fn main() -> ExitCode {
    trainyard::main(trainyard::algorithms())
}
