//! A complete `trainyard` with one more step, `count-bright`.

mod count_bright;

fn main() -> std::process::ExitCode {
    trainyard::main(trainyard::algorithms().with(trainyard::register::<count_bright::CountBright>()))
}
