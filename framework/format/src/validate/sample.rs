//! A small file map for the unit tests of the checks.

use crate::map::{
    DatasetMap, ElementType, FileMap, FileStamp, FormatVersion, GroupMap, Layout, Metadata, Section, SourceMap,
    StoredIndex,
};

/// One detector module `DET/0CH0:xtdf` with a group `image` of one dataset, trains from 10000.
pub(super) fn file_with_index(first: &[u64], count: &[u64], rows: u64) -> FileMap {
    let dataset = DatasetMap {
        key: "data".into(),
        path: "/INSTRUMENT/DET/0CH0:xtdf/image/data".into(),
        element: ElementType::U16,
        big_endian: false,
        shape: vec![rows, 4, 4],
        max_shape: vec![u64::MAX, 4, 4],
        layout: Layout::Chunked { chunk: vec![1, 4, 4] },
        filters: Vec::new(),
        attributes: Vec::new(),
        stored_bytes: 0,
    };
    let group = GroupMap {
        name: "image".into(),
        first: first.to_vec(),
        count: count.to_vec(),
        stored_index: StoredIndex { first: Some(first.len() as u64), count: Some(count.len() as u64) },
        datasets: vec![dataset],
        key_attributes: Vec::new(),
    };
    let trains = first.len() as u64;
    FileMap {
        path: "RAW-R0001-DET00-S00000.h5".into(),
        stamp: FileStamp { size: 0, mtime_ns: 0, ctime_ns: 0 },
        version: FormatVersion::Stated("1.3".into()),
        metadata: Metadata::default(),
        data_sources: vec!["INSTRUMENT/DET/0CH0:xtdf/image".into()],
        trains: (10_000..10_000 + trains).collect(),
        stored_trains: trains,
        timestamps: Vec::new(),
        flags: vec![1; first.len()],
        origins: Vec::new(),
        sources: vec![SourceMap {
            section: Section::Instrument,
            name: "DET/0CH0:xtdf".into(),
            groups: vec![group],
            legacy_target: None,
            run_values: Vec::new(),
        }],
        oddities: Vec::new(),
    }
}
