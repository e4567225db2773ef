//! A workflow file, from its bytes to checked values. Input: the file.

use std::sync::OnceLock;
use trainyard::workflow::{Rejected, Workflow};
use trainyard::Registry;

/// # Panics
/// When a promise is broken.
pub fn workflow(input: &[u8]) -> bool {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    let registry = REGISTRY.get_or_init(trainyard::algorithms);
    match Workflow::of_bytes(input, "workflow.yaml", ".".into(), &[], registry) {
        Ok(checked) => {
            assert_eq!(checked.steps.len(), checked.workflow.steps.len(), "a step was lost");
            true
        }
        Err(Rejected::Unreadable(error)) => panic!("{error}"),
        Err(ref rejected @ Rejected::Wrong { ref problems, ref sources, .. }) => {
            assert!(!problems.is_empty(), "rejected for no reason");
            // as YAML counts: a lone carriage return ends a line, too
            let lines = sources.text.replace("\r\n", "\n").split(['\n', '\r']).count();
            for problem in problems {
                let line = problem.span.line;
                assert!((1..=lines + 1).contains(&line), "line {line} of {lines}: {}", problem.what);
                assert!(!problem.what.is_empty());
            }
            assert!(rejected.to_string().starts_with("error: "));
            false
        }
    }
}

/// The workflows that come with the program.
pub fn seeds() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let entries = std::fs::read_dir(folder).expect("the folder of the workflows");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files.into_iter().map(|file| std::fs::read(file).expect("a workflow")).collect()
}
