//! `schema`: the JSON schema of workflows, for editors.
//!
//! It is made of the same types as the schemas that `check` uses. Those are read by a checker of our own, which knows
//! formats and forgives; editors know draft 7 and nothing else, so what `check` forgives is spelt out.
//!
//! | question | file |
//! |---|---|
//! | what stands in a workflow, steps included? | `whole.rs` |
//! | how is a schema said in draft 7? | `draft7.rs` |
//! | what may a text look like? | `pattern.rs` |

mod draft7;
mod pattern;
mod whole;

use super::output::print_json;
use super::{Exit, Failure};
use trainyard_engine::algorithm::Registry;

pub use whole::workflow_schema;

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard schema > trainyard.schema.json

An editor with yaml-language-server then checks and completes workflows that begin with
  # yaml-language-server: $schema=trainyard.schema.json")]
pub struct SchemaOptions {}

impl SchemaOptions {
    /// # Errors
    /// A standard output that cannot be written.
    pub fn run(&self, registry: &Registry) -> Result<Exit, Failure> {
        print_json(&workflow_schema(registry))?;
        Ok(Exit::Done)
    }
}
