//! One process alone.

use super::Ranks;
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
