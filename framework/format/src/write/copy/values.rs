//! Rows copied as values, in blocks through HDF5: the same datatype and byte order, contiguous in the output.

use super::selection::total;
use super::{BLOCK_BYTES, POINTER_BLOCK_BYTES, POINTER_BYTES};
use crate::hdf5::{blocks, Dataset, DatasetSpec, FillTime};
use crate::map::ElementType;
use crate::write::digest::{strings, Digest};
use crate::write::FileWriter;
use crate::Result;

/// Copies rows to the same path and returns how many.
pub(super) fn copy(writer: &mut FileWriter, input: &Dataset, rows: &[(u64, u64)]) -> Result<u64> {
    let count = total(rows);
    let path = input.path().trim_start_matches('/').to_owned();
    let mut shape = input.shape().to_vec();
    if let Some(first) = shape.first_mut() {
        *first = count;
    }
    let datatype = input.datatype()?;
    let fill_time = if input.has_pointers() { FillTime::IfSet } else { FillTime::Never };
    let output =
        writer.container.create_dataset(&path, &DatasetSpec { fill_time, ..DatasetSpec::new(&datatype, &shape) })?;
    input.attributes()?.iter().try_for_each(|attribute| output.write_attribute(attribute))?;
    let checksum = if input.element() == ElementType::VarString {
        let texts = input.read_byte_strings(rows, 4 * BLOCK_BYTES)?;
        output.write_strings(&texts)?;
        strings(texts.iter().map(Vec::as_slice))
    } else {
        blocks_of(input, &output, rows)?
    };
    writer.container.receipt.small.insert(format!("/{path}"), checksum);
    Ok(count)
}

/// In blocks that are small even where a row is not.
fn blocks_of(input: &Dataset, output: &Dataset, rows: &[(u64, u64)]) -> Result<u64> {
    let pointers = input.has_pointers();
    let (size, limit) =
        if pointers { (POINTER_BYTES, POINTER_BLOCK_BYTES) } else { (input.element().size() as u64, BLOCK_BYTES) };
    let (mut digest, mut done) = (Digest::default(), 0);
    for &(first, count) in rows {
        let parts = blocks(input.shape(), (first, count), size, limit);
        for block in parts.map_err(|failure| input.fault("copy the dataset", failure))? {
            let to = block.moved_to(done + block.start.first().map_or(0, |row| row - first));
            if pointers {
                let values = input.read_pointers(&block)?;
                digest.bytes(&values.content()?);
                output.write_pointers(&to, &values)?;
            } else {
                let bytes = input.read_block(&block)?;
                digest.bytes(&bytes);
                output.write_block(&to, &bytes)?;
            }
        }
        done += count;
    }
    Ok(digest.finish())
}
