//! Files that were carried over as they are: equal byte for byte, so nothing in them needs a second look.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::stuck::underway;
use trainyard_format::write::read_full;
use trainyard_format::{Error, Result};

const BLOCK: usize = 1 << 20;

/// File of the output by its number -> the file of the input with the same name and bytes.
///
/// # Errors
/// Files that cannot be read.
pub(super) fn equal_files(input: &Run, output: &Run, pool: &OpenerPool) -> Result<HashMap<usize, usize>> {
    let known: HashMap<_, _> =
        input.files.iter().enumerate().filter_map(|(n, file)| Some((file.path.file_name()?, n))).collect();
    let candidates: Vec<(usize, usize)> = output
        .files
        .iter()
        .enumerate()
        .filter_map(|(number, file)| Some((number, *known.get(file.path.file_name()?)?)))
        .filter(|&(to, from)| {
            let size = |run: &Run, n: usize| run.files.get(n).map(|file| file.stamp.size);
            size(input, from) == size(output, to)
        })
        .collect();
    let compared = pool.in_parallel(&candidates, |&(to, from)| match (output.files.get(to), input.files.get(from)) {
        (Some(to), Some(from)) => equal(&from.path, &to.path),
        _ => Ok(false),
    });
    let mut equal = HashMap::new();
    for (pair, same) in candidates.into_iter().zip(compared) {
        if same? {
            equal.insert(pair.0, pair.1);
        }
    }
    Ok(equal)
}

fn equal(a: &Path, b: &Path) -> Result<bool> {
    let open = |path: &Path| {
        let _underway = underway("open", path);
        File::open(path).map_err(|error| Error::io("open", path, &error))
    };
    let (mut from, mut to) = (open(a)?, open(b)?);
    let (mut before, mut after) = (vec![0; BLOCK], vec![0; BLOCK]);
    loop {
        let reading = underway("read", a);
        let count = read_full(&mut from, &mut before).map_err(|error| Error::io("read", a, &error))?;
        drop(reading);
        let _reading = underway("read", b);
        let other = read_full(&mut to, &mut after).map_err(|error| Error::io("read", b, &error))?;
        if before.get(..count) != after.get(..other) {
            return Ok(false);
        }
        if count < BLOCK {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_byte_counts() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        for length in [0, 1, BLOCK, BLOCK + 1] {
            let a = write("a", &vec![7; length]);
            assert!(equal(&a, &write("b", &vec![7; length])).unwrap());
            let mut other = vec![7; length + 1];
            assert!(!equal(&a, &write("c", &other)).unwrap());
            other.pop();
            if let Some(last) = other.last_mut() {
                *last = 8;
                assert!(!equal(&a, &write("d", &other)).unwrap());
            }
        }
    }
}
