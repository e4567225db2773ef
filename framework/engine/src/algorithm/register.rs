//! The list of algorithms: name, words for the user, schema of the parameters, constructor.

use super::{Context, Problem, Step};
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;

/// An algorithm: implement it for a unit type and hand it to [`register`].
pub trait Algorithm: 'static {
    /// the step's name in a workflow: `lit-frames`
    const NAME: &'static str;
    /// one line for the list
    const SUMMARY: &'static str;
    /// what it computes, outputs with units, source of the formula; Markdown
    const DETAILS: &'static str;
    /// steps that show its use, as a workflow lists them; they run on a simulated run
    const EXAMPLE: &'static str = "";
    /// its parameters; doc comments and defaults show in `trainyard algorithms NAME`, ranges and unknown keys are
    /// checked by schema with line and column before `configure` is called
    type Config: DeserializeOwned + JsonSchema;

    /// The step, or several that stand in its place (a score and the table step that judges it).
    ///
    /// # Errors
    /// Everything wrong with the parameters against this run, all at once.
    fn configure(config: Self::Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>>;
}

/// Makes steps of parameters that fit the schema.
pub type Configure = fn(serde_json::Value, &Context) -> Result<Vec<Step>, Vec<Problem>>;

#[derive(Clone)]
pub struct Registration {
    pub name: &'static str,
    pub summary: &'static str,
    pub details: &'static str,
    pub example: &'static str,
    pub schema: fn() -> Schema,
    pub configure: Configure,
}

pub fn register<A: Algorithm>() -> Registration {
    Registration {
        name: A::NAME,
        summary: A::SUMMARY,
        details: A::DETAILS,
        example: A::EXAMPLE,
        schema: || schemars::schema_for!(A::Config),
        configure: |value, context| {
            let config = serde_json::from_value(value).map_err(|e| vec![Problem::new(&[], e.to_string())])?;
            A::configure(config, context)
        },
    }
}

/// Algorithms by name, in the order registered.
#[derive(Clone, Default)]
pub struct Registry {
    entries: Vec<Registration>,
}

impl Registry {
    pub fn new(entries: Vec<Registration>) -> Self {
        let mut registry = Registry::default();
        for entry in entries {
            registry.add(entry);
        }
        registry
    }

    /// # Panics
    /// When the name is taken: two algorithms cannot share one.
    pub fn add(&mut self, entry: Registration) {
        assert!(self.get(entry.name).is_none(), "algorithm `{}` is registered twice", entry.name);
        self.entries.push(entry);
    }

    /// With one more; for programs that bring their own.
    pub fn with(mut self, entry: Registration) -> Self {
        self.add(entry);
        self
    }

    pub fn get(&self, name: &str) -> Option<&Registration> {
        self.entries.iter().find(|e| e.name == name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Registration> {
        self.entries.iter()
    }
}
