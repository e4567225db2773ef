//! Answers that were got once, for others to take over: one process asks about files, and those that follow it are told
//! the same without opening any.
//!
//! Kept are questions and replies as they travel between pool and child, so whatever is asked while a run is opened and a
//! plan is made is the same for all who make it. Long files that a workflow names are the exception: of those the checksum
//! is kept, and who follows reads the file itself and compares.

use super::request::Request;
use crate::error::{Error, Place, Result};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use xxhash_rust::xxh3::xxh3_128;

/// Longest file whose bytes are handed on.
pub const HANDED_ON: usize = 64 << 20;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kept {
    Whole(Arc<Vec<u8>>),
    /// of a reply that is too long to be handed on
    Checksum(u128),
}

/// Replies by question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers(BTreeMap<Vec<u8>, Kept>);

impl Answers {
    /// As bytes: of each entry the lengths of question and reply, then both; a length of `u64::MAX` stands for a checksum.
    pub fn pack(&self) -> Vec<u8> {
        let size = |(question, kept): (&Vec<u8>, &Kept)| match kept {
            Kept::Whole(reply) => 16 + question.len() + reply.len(),
            Kept::Checksum(_) => 32 + question.len(),
        };
        let mut packed = Vec::with_capacity(self.0.iter().map(size).sum());
        for (question, kept) in &self.0 {
            packed.extend((question.len() as u64).to_le_bytes());
            match kept {
                Kept::Whole(reply) => {
                    packed.extend((reply.len() as u64).to_le_bytes());
                    packed.extend(question);
                    packed.extend(reply.iter());
                }
                Kept::Checksum(sum) => {
                    packed.extend(u64::MAX.to_le_bytes());
                    packed.extend(question);
                    packed.extend(sum.to_le_bytes());
                }
            }
        }
        packed
    }

    /// The way back; none when the bytes are no answers.
    pub fn unpack(mut packed: &[u8]) -> Option<Self> {
        let mut answers = BTreeMap::new();
        while !packed.is_empty() {
            let question = u64::from_le_bytes(*packed.split_off(..8)?.first_chunk()?);
            let reply = u64::from_le_bytes(*packed.split_off(..8)?.first_chunk()?);
            let question = packed.split_off(..usize::try_from(question).ok()?)?.to_vec();
            let kept = if reply == u64::MAX {
                Kept::Checksum(u128::from_le_bytes(*packed.split_off(..16)?.first_chunk()?))
            } else {
                Kept::Whole(Arc::new(packed.split_off(..usize::try_from(reply).ok()?)?.to_vec()))
            };
            answers.insert(question, kept);
        }
        Some(Answers(answers))
    }
}

/// What a pool does with answers.
#[derive(Default)]
enum Page {
    #[default]
    Closed,
    Kept(Answers),
    Followed(Answers),
}

/// What the book says to a question.
pub(super) enum Told {
    Reply(Arc<Vec<u8>>),
    /// ask, and compare the reply with this checksum
    Compare(u128),
    /// ask
    Nothing,
}

#[derive(Default)]
pub(super) struct Book(RwLock<Page>);

impl Book {
    pub fn keep(&self) {
        self.turn(Page::Kept(Answers::default()));
    }

    pub fn follow(&self, answers: Answers) {
        self.turn(Page::Followed(answers));
    }

    /// Closes the book; what was kept in it.
    pub fn close(&self) -> Answers {
        match self.turn(Page::Closed) {
            Page::Kept(answers) => answers,
            Page::Closed | Page::Followed(_) => Answers::default(),
        }
    }

    fn turn(&self, page: Page) -> Page {
        std::mem::replace(&mut self.0.write().unwrap_or_else(PoisonError::into_inner), page)
    }

    /// # Errors
    /// A follower that asks what nobody asked before it.
    pub fn told(&self, request: &Request, question: &[u8]) -> Result<Told> {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            Page::Closed | Page::Kept(_) => Ok(Told::Nothing),
            Page::Followed(answers) => match answers.0.get(question) {
                Some(Kept::Whole(reply)) => Ok(Told::Reply(reply.clone())),
                Some(Kept::Checksum(sum)) => Ok(Told::Compare(*sum)),
                None => {
                    Err(Error::bug("the file was not asked about by the rank that opened", Place::file(request.path())))
                }
            },
        }
    }

    pub fn note(&self, request: &Request, question: &[u8], reply: &[u8]) {
        if !matches!(*self.0.read().unwrap_or_else(PoisonError::into_inner), Page::Kept(_)) {
            return;
        }
        let long = matches!(request, Request::Contents { .. }) && reply.len() > HANDED_ON;
        let kept = if long { Kept::Checksum(xxh3_128(reply)) } else { Kept::Whole(Arc::new(reply.to_vec())) };
        if let Page::Kept(answers) = &mut *self.0.write().unwrap_or_else(PoisonError::into_inner) {
            answers.0.insert(question.to_vec(), kept);
        }
    }
}

/// # Errors
/// A reply other than the one the checksum is of.
pub(super) fn compare(request: &Request, reply: &[u8], sum: u128) -> Result<()> {
    if xxh3_128(reply) == sum {
        return Ok(());
    }
    let what = "the file is not the one that the first rank read";
    Err(Error::request(what, Place::file(request.path()))
        .with_hint("wait until nobody writes it any more, then run again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str) -> Request {
        Request::Contents { path: path.into(), longest: 1 << 30 }
    }

    #[test]
    fn answers_travel_and_are_told_again() {
        let book = Book::default();
        book.note(&request("/unheard"), b"unheard", b"nobody keeps this");
        book.keep();
        book.note(&request("/a"), b"short", b"reply");
        let long = vec![7; HANDED_ON + 1];
        book.note(&request("/b"), b"long", &long);
        let answers = book.close();
        assert_eq!(answers.0.len(), 2);
        let packed = answers.pack();
        assert!(packed.len() < 200, "a long file is not handed on");
        assert_eq!(Answers::unpack(&packed).as_ref(), Some(&answers));
        for length in 1..packed.len() {
            assert!(Answers::unpack(&packed[..length]).is_none_or(|cut| cut.0.len() < 2), "{length}");
        }

        let follower = Book::default();
        follower.follow(answers);
        assert!(matches!(follower.told(&request("/a"), b"short"), Ok(Told::Reply(reply)) if *reply == b"reply"));
        let Ok(Told::Compare(sum)) = follower.told(&request("/b"), b"long") else { panic!("not to be compared") };
        assert!(compare(&request("/b"), &long, sum).is_ok());
        assert!(matches!(compare(&request("/b"), &long[1..], sum), Err(Error::Request { .. })));
        assert!(matches!(follower.told(&request("/c"), b"new"), Err(Error::Bug { .. })));
        follower.close();
        assert!(matches!(follower.told(&request("/c"), b"new"), Ok(Told::Nothing)));
    }
}
