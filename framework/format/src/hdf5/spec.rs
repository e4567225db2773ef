//! How a dataset is created.

use super::handle::{check, Failure, Handle};
use super::Datatype;
use hdf5_sys::h5d::{H5D_FILL_TIME_ALLOC, H5D_FILL_TIME_IFSET, H5D_FILL_TIME_NEVER};
use hdf5_sys::h5p::{
    H5Pcreate, H5Pget_filter2, H5Pget_nfilters, H5Pset_chunk, H5Pset_fill_time, H5Pset_fill_value, H5Pset_filter,
    H5Pset_obj_track_times, H5P_CLS_DATASET_CREATE,
};
use hdf5_sys::h5s::{H5Screate, H5Screate_simple, H5S_SCALAR};
use std::os::raw::c_int;
use trainyard_codec::Filter;

/// Filters libhdf5 brings along here: deflate, shuffle, fletcher32.
const BUILT_IN: std::ops::RangeInclusive<u32> = 1..=3;
const OPTIONAL: u32 = 1;
const MAX_FILTERS: c_int = 32;
const MAX_VALUES: usize = 1024;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FillTime {
    /// when space is allocated
    Alloc,
    /// never: every byte is going to be written
    Never,
    /// when a fill value is set (the library's default)
    #[default]
    IfSet,
}

#[derive(Clone, Copy, Debug)]
pub struct DatasetSpec<'a> {
    pub datatype: &'a Datatype,
    /// empty: a scalar
    pub shape: &'a [u64],
    /// `None`: as `shape`; `u64::MAX`: unlimited
    pub max_shape: Option<&'a [u64]>,
    /// `None`: contiguous
    pub chunk: Option<&'a [u64]>,
    /// written as they are; those libhdf5 does not know become optional, and their chunks must come ready made
    pub filters: &'a [Filter],
    pub fill_time: FillTime,
    /// one element in memory layout (little-endian)
    pub fill: Option<&'a [u8]>,
}

impl<'a> DatasetSpec<'a> {
    /// A contiguous dataset without filters.
    pub fn new(datatype: &'a Datatype, shape: &'a [u64]) -> Self {
        DatasetSpec {
            datatype,
            shape,
            max_shape: None,
            chunk: None,
            filters: &[],
            fill_time: FillTime::default(),
            fill: None,
        }
    }
}

/// The creation properties of `spec`. Call under the lock.
pub(crate) fn creation_list(spec: &DatasetSpec<'_>, memory: &Handle, size: usize) -> Result<Handle, Failure> {
    // SAFETY: the list is live; every pointer comes with the length of its slice, which outlives the call.
    unsafe {
        let list = Handle::new(H5Pcreate(*H5P_CLS_DATASET_CREATE))?;
        check(H5Pset_obj_track_times(list.id(), 0))?;
        check(H5Pset_fill_time(
            list.id(),
            match spec.fill_time {
                FillTime::Alloc => H5D_FILL_TIME_ALLOC,
                FillTime::Never => H5D_FILL_TIME_NEVER,
                FillTime::IfSet => H5D_FILL_TIME_IFSET,
            },
        ))?;
        if let Some(fill) = spec.fill {
            if fill.len() != size {
                return Err(Failure::new(format!("the fill value has {} bytes instead of {size}", fill.len())));
            }
            check(H5Pset_fill_value(list.id(), memory.id(), fill.as_ptr().cast()))?;
        }
        if let Some(chunk) = spec.chunk {
            if chunk.len() != spec.shape.len() {
                return Err(Failure::new("chunk and dataset differ in rank"));
            }
            check(H5Pset_chunk(list.id(), chunk.len() as c_int, chunk.as_ptr()))?;
        }
        for filter in spec.filters {
            let id = c_int::try_from(filter.id).map_err(|_| Failure::new("a filter number is out of range"))?;
            let flags = if BUILT_IN.contains(&filter.id) { filter.flags } else { filter.flags | OPTIONAL };
            check(H5Pset_filter(list.id(), id, flags, filter.values.len(), filter.values.as_ptr()))?;
        }
        Ok(list)
    }
}

/// The dataspace of `spec`. Call under the lock.
pub(crate) fn space(shape: &[u64], max_shape: Option<&[u64]>) -> Result<Handle, Failure> {
    let max_shape = max_shape.unwrap_or(shape);
    if max_shape.len() != shape.len() || shape.len() > 32 {
        return Err(Failure::new("shape and largest shape differ in rank"));
    }
    // SAFETY: both slices have `shape.len()` elements and outlive the call.
    unsafe {
        if shape.is_empty() {
            return Handle::new(H5Screate(H5S_SCALAR));
        }
        Handle::new(H5Screate_simple(shape.len() as c_int, shape.as_ptr(), max_shape.as_ptr()))
    }
}

/// The filter pipeline of a creation property list. Call under the lock.
pub(crate) fn pipeline(list: &Handle) -> Result<Vec<Filter>, Failure> {
    // SAFETY: the list is live.
    let count = unsafe { H5Pget_nfilters(list.id()) };
    if !(0..=MAX_FILTERS).contains(&count) {
        return Err(Failure::new(format!("its filter pipeline has {count} entries")));
    }
    let mut filters = Vec::new();
    for position in 0..count as u32 {
        let mut values = vec![0u32; 32];
        loop {
            let (mut flags, mut length, mut name) = (0u32, values.len(), [0u8; 256]);
            // SAFETY: lengths are those of the buffers; the last argument may be null (it would load plug-ins).
            let id = unsafe {
                H5Pget_filter2(
                    list.id(),
                    position,
                    &mut flags,
                    &mut length,
                    values.as_mut_ptr(),
                    name.len(),
                    name.as_mut_ptr().cast(),
                    std::ptr::null_mut(),
                )
            };
            check(id)?;
            if length > MAX_VALUES {
                return Err(Failure::new(format!("a filter has {length} parameters")));
            }
            if length > values.len() {
                values.resize(length, 0);
                continue;
            }
            values.truncate(length);
            let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
            let name = String::from_utf8_lossy(&name[..end]).into_owned();
            filters.push(Filter { id: id as u32, flags, values, name });
            break;
        }
    }
    Ok(filters)
}

/// Checks that the pipeline came out as asked for: a plug-in that sneaked in rewrites parameters of foreign filters,
/// and readers then return wrong pixels.
pub(crate) fn same_pipeline(asked: &[Filter], got: &[Filter]) -> Result<(), Failure> {
    let same = asked.len() == got.len()
        && asked.iter().zip(got).all(|(a, g)| a.id == g.id && (BUILT_IN.contains(&a.id) || a.values == g.values));
    if same {
        Ok(())
    } else {
        Err(Failure::new(format!("the filters came out as {got:?} instead of {asked:?}")))
    }
}
