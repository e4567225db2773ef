//! How a program ended.

use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Finished {
    /// what was started, for messages
    pub what: String,
    /// `None` when a signal ended it
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub time: Duration,
    /// largest resident memory of the process or one of its children, bytes
    pub peak: u64,
}

impl Finished {
    /// Ends the test unless the exit code is `code`.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        let full = crate::room::complaint();
        assert_eq!(
            self.code,
            Some(code),
            "{}\n--- stdout\n{}\n--- stderr\n{}{full}",
            self.what,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Ends the test unless stderr holds all of `words`.
    #[track_caller]
    pub fn complains(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "no `{word}` in what {} says:\n{}", self.what, self.stderr);
        }
        self
    }
}
