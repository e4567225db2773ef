pub mod detector;
mod frame;
pub mod instrument;
pub mod model;
mod layout;
mod module;
pub mod random;
mod simulator;
mod specification;
pub mod timing;

pub use detector::Detector;
pub use frame::FramePlan;
pub use module::ModuleModel;
pub use simulator::Simulator;
pub use specification::{Format, Kind, Lit, SimulationSpec};
