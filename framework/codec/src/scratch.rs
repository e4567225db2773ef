//! Memory that a worker keeps between chunks: buffers between filters, and whatever a filter
//! needs to keep (compression contexts, a block buffer), found by its type.

use std::any::Any;

/// Reusable buffers and compression contexts; one per worker.
#[derive(Default)]
pub struct Scratch {
    /// Bytes that go into the next filter, where they are not the caller's.
    pub(crate) input: Vec<u8>,
    /// Bytes that come out of it, where they are not the caller's.
    pub(crate) output: Vec<u8>,
    pub(crate) states: States,
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scratch")
            .field("bytes", &(self.input.capacity() + self.output.capacity()))
            .field("states", &self.states.0.len())
            .finish()
    }
}

/// One value of each type that a filter asked for. A pipeline has a handful: a list is enough.
#[derive(Default)]
pub(crate) struct States(Vec<Box<dyn Any + Send>>);

impl States {
    /// The value of type `T`, made by `Default` on first use.
    pub(crate) fn get<T: Any + Send + Default>(&mut self) -> &mut T {
        let at = match self.0.iter().position(|state| state.is::<T>()) {
            Some(at) => at,
            None => {
                self.0.push(Box::new(T::default()));
                self.0.len() - 1
            }
        };
        self.0[at].downcast_mut().expect("the entry was found by its type")
    }
}

/// The first `len` bytes of `buffer`, which grows when it must and never shrinks.
pub(crate) fn at_least(buffer: &mut Vec<u8>, len: usize) -> &mut [u8] {
    if buffer.len() < len {
        buffer.resize(len, 0);
    }
    &mut buffer[..len]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_kept_by_type() {
        let mut states = States::default();
        *states.get::<u32>() = 7;
        *states.get::<u64>() = 8;
        assert_eq!((*states.get::<u32>(), *states.get::<u64>()), (7, 8));
    }
}
