//! Who makes a reduction: another build of the program may compute other numbers, so it is part of the identity.

use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Program {
    /// `trainyard`, or that of a program which brings its own steps
    pub name: String,
    pub version: String,
    /// what the linker noted in the executable, in hexadecimal: the same for the same code, whatever its path
    pub build: String,
    /// version of Trainyard inside a program that brings its own steps
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trainyard: Option<String>,
}

impl Program {
    /// As METADATA of written files names it.
    pub fn library(&self) -> String {
        format!("trainyard {}", self.trainyard.as_ref().unwrap_or(&self.version))
    }

    /// How another one differs, in words: `it was begun by build 12ab, this is build 34cd`.
    pub fn difference(&self, now: &Program) -> Option<String> {
        if self.name != now.name || self.version != now.version || self.trainyard != now.trainyard {
            return Some(format!("it was begun by {self}, this is {now}"));
        }
        (self.build != now.build).then(|| format!("it was begun by build {}, this is build {}", self.build, now.build))
    }
}

/// `trainyard 0.1.0, build 12ab`
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)?;
        if let Some(version) = &self.trainyard {
            write!(f, " with trainyard {version}")?;
        }
        write!(f, ", build {}", self.build)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_both() {
        let program = |version: &str, build: &str| Program {
            name: "trainyard".into(),
            version: version.into(),
            build: build.into(),
            trainyard: None,
        };
        let first = program("0.1", "aa");
        assert_eq!(first.difference(&first), None);
        assert_eq!(first.difference(&program("0.1", "bb")).unwrap(), "it was begun by build aa, this is build bb");
        let newer = first.difference(&program("0.2", "bb")).unwrap();
        assert_eq!(newer, "it was begun by trainyard 0.1, build aa, this is trainyard 0.2, build bb");
        let own = Program { name: "mine".into(), trainyard: Some("0.1".into()), ..program("7", "cc") };
        assert_eq!(
            (own.to_string().as_str(), own.library().as_str()),
            ("mine 7 with trainyard 0.1, build cc", "trainyard 0.1")
        );
    }
}
