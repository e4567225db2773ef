//! Writes the right inputs of every fuzz target into a corpus: `fuzz_seeds FOLDER` makes `FOLDER/<target>/<number>`.

use std::path::Path;
use trainyard_tests::fuzz::{decoder, file_map, geometry, pipeline, workflow};

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).expect("usage: fuzz_seeds FOLDER");
    let corpus = Path::new(&folder);
    for (name, ..) in decoder::DECODERS {
        write(corpus, name, decoder::seeds(name))?;
    }
    write(corpus, "pipeline", pipeline::seeds())?;
    write(corpus, "workflow", workflow::seeds())?;
    write(corpus, "geometry", geometry::seeds())?;
    write(corpus, "file_map", file_map::seeds())
}

fn write(corpus: &Path, target: &str, seeds: Vec<Vec<u8>>) -> std::io::Result<()> {
    let folder = corpus.join(target);
    std::fs::create_dir_all(&folder)?;
    seeds.iter().enumerate().try_for_each(|(number, seed)| std::fs::write(folder.join(number.to_string()), seed))
}
