//! The opener as a program of its own, for tests and for embedding.

fn main() {
    trainyard_format::opener::serve()
}
