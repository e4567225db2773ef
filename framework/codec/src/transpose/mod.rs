//! Transposition of bytes (shuffle) and of bits (bitshuffle), in three forms that agree to the
//! last bit: portable, AVX2, AVX-512 with GFNI; which runs is decided in `processor.rs`.
//!
//! | question | file |
//! |---|---|
//! | what is computed, in plain words and plain Rust? | `scalar.rs` |
//! | how does a form run where it may not be there? | `dispatch.rs` |
//! | the vector forms | `avx2.rs`, `avx512.rs` |
//! | their only access to memory | `memory.rs` |

#[allow(unsafe_code)]
mod dispatch;
mod scalar;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod memory;

pub(crate) use dispatch::{shuffle_bits, shuffle_bytes, unshuffle_bits, unshuffle_bytes};
