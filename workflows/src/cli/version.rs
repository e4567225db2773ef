//! `--version`: which program this is, and what it was built with.

/// The first line is the one that scripts read.
pub fn text() -> String {
    let mpi = trainyard_engine::comm::library().unwrap_or_else(|| "none".into());
    format!("trainyard {}\ncommit {}\nMPI {mpi}\nHDF5 {}\nfeatures {}\n", number(), commit(), hdf5(), features())
}

pub fn number() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Of the source; `unknown` when it was built outside of git.
pub fn commit() -> &'static str {
    env!("TRAINYARD_COMMIT")
}

pub fn hdf5() -> String {
    trainyard_format::hdf5::version().unwrap_or_else(|| "unknown".into())
}

/// Cargo features that change what the program can do.
pub fn features() -> &'static str {
    if cfg!(feature = "mpi") {
        "mpi"
    } else {
        "none"
    }
}
