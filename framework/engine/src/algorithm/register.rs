//! The list of algorithms: name, words for the user, schema of the parameters, constructor.

use super::{Context, Effect, Problem, Step};
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;

/// An algorithm: implement it for a unit type and hand it to [`register`].
pub trait Algorithm: 'static {
    /// the step's name in a workflow: `lit-frames`
    const NAME: &'static str;
    /// raised with every change of what it computes: part of a plan's identity, so that results of two versions are never
    /// mixed in one run
    const VERSION: u32 = 1;
    /// one line for the list
    const SUMMARY: &'static str;
    /// what it computes, outputs with units, source of the formula; Markdown
    const DETAILS: &'static str;
    /// steps that show its use, as a workflow lists them; they run on a simulated run
    const EXAMPLE: &'static str = "";
    /// its parameters; doc comments and defaults show in `trainyard algorithms NAME`, ranges and unknown keys are
    /// checked by schema with line and column before `configure` is called
    type Config: DeserializeOwned + JsonSchema;

    /// The step, or several that stand in its place (a score and the decision over all of them).
    ///
    /// # Errors
    /// Everything wrong with the parameters against this run, all at once.
    fn configure(config: Self::Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>>;

    /// What the step does to the frames that are written. A step that changes their pixels, lets frames go or writes them
    /// must say so: `trainyard validate --against` believes nothing else.
    fn effect(_config: Self::Config) -> Effect {
        Effect::None
    }
}

/// Makes steps of parameters that fit the schema.
pub type Configure = fn(serde_json::Value, &Context) -> Result<Vec<Step>, Vec<Problem>>;

/// The effect of parameters that fit the schema; `None`: they do not.
pub type EffectOf = fn(serde_json::Value) -> Option<Effect>;

#[derive(Clone)]
pub struct Registration {
    pub name: &'static str,
    pub version: u32,
    pub summary: &'static str,
    pub details: &'static str,
    pub example: &'static str,
    pub schema: fn() -> Schema,
    pub configure: Configure,
    pub effect: EffectOf,
}

pub fn register<A: Algorithm>() -> Registration {
    Registration {
        name: A::NAME,
        version: A::VERSION,
        summary: A::SUMMARY,
        details: A::DETAILS,
        example: A::EXAMPLE,
        schema: || schemars::schema_for!(A::Config),
        configure: |value, context| {
            let config = serde_json::from_value(value).map_err(|e| vec![Problem::new(&[], e.to_string())])?;
            let mut steps = A::configure(config, context)?;
            steps.iter_mut().for_each(|step| step.name_columns(&context.label, A::NAME));
            Ok(steps)
        },
        effect: |value| serde_json::from_value(value).ok().map(A::effect),
    }
}

/// Algorithms by name, in the order registered.
#[derive(Clone, Default)]
pub struct Registry {
    entries: Vec<Registration>,
    program: Option<(&'static str, &'static str)>,
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

    /// Name and version of the program that brings steps of its own: they stand in its manifests and in the identity of its
    /// plans. `registry.of_program(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))`
    pub fn of_program(mut self, name: &'static str, version: &'static str) -> Self {
        self.program = Some((name, version));
        self
    }

    pub fn program(&self) -> Option<(&'static str, &'static str)> {
        self.program
    }

    pub fn get(&self, name: &str) -> Option<&Registration> {
        self.entries.iter().find(|e| e.name == name)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Registration> {
        self.entries.iter()
    }
}
