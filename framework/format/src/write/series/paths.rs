//! The names that are taken inside the file. A path may be a dataset or have datasets below it, not both.

use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub(super) struct Paths(BTreeSet<String>);

impl Paths {
    /// Those that every file has.
    pub fn new() -> Self {
        Paths(["INDEX/trainId", "INDEX/timestamp", "INDEX/flag", "INDEX/origin"].map(String::from).into())
    }

    /// Takes all of `paths`, or none and says which one stands in the way of which.
    pub fn take(&mut self, paths: &[String]) -> Result<(), String> {
        for path in paths {
            if let Some(other) = self.in_the_way(path) {
                return Err(if other == path.as_str() {
                    format!("`{path}` is declared twice")
                } else {
                    format!("`{path}` and `{other}` cannot both be datasets")
                });
            }
        }
        self.0.extend(paths.iter().cloned());
        Ok(())
    }

    fn in_the_way(&self, path: &str) -> Option<&str> {
        let above = path.match_indices('/').filter_map(|(at, _)| self.0.get(&path[..at]));
        let below = format!("{path}/");
        let below = self.0.range(below.clone()..).next().filter(|other| other.starts_with(&below));
        self.0.get(path).or_else(|| above.into_iter().next()).or(below).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dataset_has_nothing_below_it() {
        let mut paths = Paths::new();
        let mut take = |path: &str| paths.take(&[path.to_owned()]);
        assert!(take("A/b/c").is_ok() && take("A/b-c").is_ok() && take("A/b/d").is_ok());
        for path in ["A/b/c", "A/b", "A/b/c/d", "A", "INDEX/flag/first"] {
            assert!(take(path).is_err(), "{path}");
        }
        assert!(take("A/b/cd").is_ok());
    }
}
