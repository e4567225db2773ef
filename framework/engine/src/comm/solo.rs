//! One process alone.

use super::{Ranks, Share};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;

#[derive(Default)]
pub struct Solo {
    tickets: Mutex<HashMap<usize, u64>>,
    stopped: AtomicBool,
}

impl Ranks for Solo {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn next_ticket(&self, phase: usize) -> u64 {
        if self.stopped.load(Ordering::Acquire) {
            return u64::MAX;
        }
        let mut tickets = self.tickets.lock().unwrap_or_else(|e| e.into_inner());
        let next = tickets.entry(phase).or_insert(0);
        *next += 1;
        *next - 1
    }

    fn report(&self, _: Share) {}

    fn reported(&self) -> Share {
        Share::default()
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
    }

    fn barrier(&self) {}

    fn any(&self, mine: bool) -> bool {
        mine
    }

    fn broadcast(&self, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    fn gather(&self, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        vec![bytes]
    }

    fn abort(&self, code: i32) -> ! {
        std::process::exit(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_given_out_once_work_is_stopped() {
        let alone = Solo::default();
        assert_eq!((alone.next_ticket(0), alone.next_ticket(0), alone.next_ticket(1)), (0, 1, 0));
        alone.stop();
        assert_eq!((alone.next_ticket(0), alone.next_ticket(7)), (u64::MAX, u64::MAX));
        assert!(alone.any(true) && !alone.any(false));
        assert_eq!(alone.gather(vec![1]), [vec![1]]);
    }
}
