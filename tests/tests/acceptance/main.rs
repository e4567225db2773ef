//! The cases that decide whether the program can be trusted with a run: each is made by EXtra-data's mock maker, reduced by
//! the program, and held against EXtra-data's own reading of the input.
//!
//! `case_NN_...` is row NN of the list of cases; `combined.rs` puts several together. What every outcome is held against stands
//! in `python/acceptance.py`, the inputs in `python/acceptance_cases.py`.

mod case;
mod combined;
mod damage;
mod detectors;
mod index;
mod kinds;
mod own_output;
mod parallel_gain;
mod slow;
mod trains;
mod versions;
mod whole_runs;
