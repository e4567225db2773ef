//! Rows copied as values, in blocks through HDF5: the same datatype and byte order, contiguous in the output.

use super::selection::{slice, total};
use super::BLOCK_BYTES;
use crate::hdf5::{Dataset, DatasetSpec, FillTime};
use crate::map::ElementType;
use crate::write::digest::{strings, Digest};
use crate::write::FileWriter;
use crate::{Error, Place, Result};

/// Copies rows to the same path and returns how many.
pub(super) fn copy(writer: &mut FileWriter, input: &Dataset, rows: &[(u64, u64)]) -> Result<u64> {
    let count = total(rows);
    let path = input.path().trim_start_matches('/').to_owned();
    let mut shape = input.shape().to_vec();
    if let Some(first) = shape.first_mut() {
        *first = count;
    }
    let datatype = input.datatype()?;
    let fill_time = if input.element() == ElementType::VarString { FillTime::IfSet } else { FillTime::Never };
    let output =
        writer.container.create_dataset(&path, &DatasetSpec { fill_time, ..DatasetSpec::new(&datatype, &shape) })?;
    input.attributes()?.iter().try_for_each(|attribute| output.write_attribute(attribute))?;
    let checksum = if input.element() == ElementType::VarString {
        let texts = input.read_byte_strings(rows, 4 * BLOCK_BYTES)?;
        output.write_strings(&texts)?;
        strings(texts.iter().map(Vec::as_slice))
    } else {
        blocks(input, &output, rows)?
    };
    writer.container.receipt.small.insert(format!("/{path}"), checksum);
    Ok(count)
}

fn blocks(input: &Dataset, output: &Dataset, rows: &[(u64, u64)]) -> Result<u64> {
    let row_bytes = input.shape().iter().skip(1).try_fold(input.element().size() as u64, |n, &d| n.checked_mul(d));
    let Some(row_bytes) = row_bytes.filter(|&n| n <= u64::from(u32::MAX)) else {
        let place = Place::file(input.file().path()).source(input.path());
        return Err(Error::input(format!("rows of shape {:?} are too large", input.shape()), place));
    };
    let block_rows = (BLOCK_BYTES / row_bytes.max(1)).max(1);
    let (count, mut digest, mut done) = (total(rows), Digest::default(), 0);
    while done < count {
        let block = block_rows.min(count - done);
        let bytes = input.read_rows(&slice(rows, done, block), row_bytes.max(BLOCK_BYTES))?;
        digest.bytes(&bytes);
        output.write_rows(done, block, &bytes)?;
        done += block;
    }
    Ok(digest.finish())
}
