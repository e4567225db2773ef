//! A complete `trainyard` with one more step, `count-bright`.

mod count_bright;

fn main() -> std::process::ExitCode {
    let algorithms = trainyard::algorithms().of_program(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    trainyard::main(algorithms.with(trainyard::register::<count_bright::CountBright>()))
}
