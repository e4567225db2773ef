//! What a child can be asked, and what it answers.

use crate::map::{ChunkTable, ElementType, FileMap, FileStamp};
use crate::validate::TimeOrder;
use crate::write::{CopyRequest, Expected, FileReceipt, Seal, Stamp};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// One file per variant in `handlers`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    List {
        folder: PathBuf,
    },
    IsThere {
        path: PathBuf,
    },
    Stamps {
        paths: Vec<PathBuf>,
    },
    Contents {
        path: PathBuf,
        longest: u64,
    },
    Map {
        path: PathBuf,
        purpose: Purpose,
    },
    Outside {
        path: PathBuf,
    },
    Objects {
        path: PathBuf,
    },
    /// compare lists of the same in METADATA
    Lists {
        path: PathBuf,
    },
    Chunks {
        path: PathBuf,
        datasets: Vec<String>,
    },
    Rows {
        path: PathBuf,
        dataset: String,
        ranges: Vec<(u64, u64)>,
    },
    /// of several datasets, each with its ranges
    RowsOf {
        path: PathBuf,
        datasets: Vec<(String, Vec<(u64, u64)>)>,
    },
    Strings {
        path: PathBuf,
        dataset: String,
        ranges: Vec<(u64, u64)>,
    },
    DecodeChunk {
        path: PathBuf,
        dataset: String,
        chunk: u64,
    },
    Array {
        path: PathBuf,
        names: Vec<String>,
        longest: u64,
    },
    Digests {
        path: PathBuf,
        datasets: Vec<String>,
    },
    TimeOrders {
        path: PathBuf,
        datasets: Vec<String>,
    },
    CopyWhole {
        input: PathBuf,
        output: PathBuf,
    },
    Copy(Box<CopyRequest>),
    /// sync and compare with what was written
    ReadBack {
        receipts: Vec<FileReceipt>,
    },
    /// which of these stand as they should
    Standing {
        files: Vec<Expected>,
    },
}

/// What a map is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To read data: with the bytes that each dataset takes, for which HDF5 visits every entry of every chunk table.
    Read,
    /// To judge the file: without those, and lists that readers do not need are compared.
    Judge,
}

impl Request {
    /// The file that is blamed when the child does not survive the request.
    pub fn path(&self) -> &Path {
        match self {
            Request::List { folder: path }
            | Request::IsThere { path }
            | Request::Contents { path, .. }
            | Request::Map { path, .. }
            | Request::Lists { path }
            | Request::Outside { path }
            | Request::Objects { path }
            | Request::Chunks { path, .. }
            | Request::Rows { path, .. }
            | Request::RowsOf { path, .. }
            | Request::Strings { path, .. }
            | Request::DecodeChunk { path, .. }
            | Request::Array { path, .. }
            | Request::Digests { path, .. }
            | Request::TimeOrders { path, .. }
            | Request::CopyWhole { input: path, .. } => path,
            Request::Copy(request) => &request.input,
            Request::Stamps { paths } => paths.first().map_or(Path::new(""), PathBuf::as_path),
            Request::ReadBack { receipts } => receipts.first().map_or(Path::new(""), |receipt| &receipt.path),
            Request::Standing { files } => files.first().map_or(Path::new(""), |file| &file.path),
        }
    }

    /// What the request creates.
    pub(super) fn output(&self) -> Option<&Path> {
        match self {
            Request::CopyWhole { output, .. } => Some(output),
            Request::Copy(request) => Some(&request.output),
            _ => None,
        }
    }

    /// Whether the request creates a file: it then goes to a child without filter plug-ins, which would rewrite filter
    /// parameters, and what it wrote is read back by one of the others.
    pub fn writes(&self) -> bool {
        match self {
            Request::List { .. }
            | Request::IsThere { .. }
            | Request::Stamps { .. }
            | Request::Contents { .. }
            | Request::Map { .. }
            | Request::Lists { .. }
            | Request::Outside { .. }
            | Request::Objects { .. }
            | Request::Chunks { .. }
            | Request::Rows { .. }
            | Request::RowsOf { .. }
            | Request::Strings { .. }
            | Request::DecodeChunk { .. }
            | Request::Array { .. }
            | Request::Digests { .. }
            | Request::TimeOrders { .. }
            | Request::ReadBack { .. }
            | Request::Standing { .. } => false,
            Request::CopyWhole { .. } | Request::Copy(_) => true,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Reply {
    /// file names as bytes: they need not be UTF-8; none: it is a file, not a folder
    Names(Option<Vec<Vec<u8>>>),
    IsThere(bool),
    Stamps(Vec<FileStamp>),
    /// a whole file; none: there is no such file
    Contents(Option<Whole>),
    Map(Box<FileMap>),
    /// (dataset, what is odd)
    Oddities(Vec<(String, String)>),
    /// what lies elsewhere: (object, where)
    Outside(Vec<(String, String)>),
    /// all that stands in a file: (path, names of its attributes)
    Objects(Vec<(String, Vec<String>)>),
    Chunks(Vec<ChunkTable>),
    Rows(RowData),
    RowsOf(Vec<RowData>),
    Strings(Vec<String>),
    Array(ArrayFound),
    Chunk(#[serde(with = "super::bytes")] Vec<u8>),
    Digests(Vec<u64>),
    TimeOrders(Vec<TimeOrder>),
    /// none: values lie outside of the file
    CopiedWhole(Option<Box<FileReceipt>>),
    Copied(Box<FileReceipt>),
    ReadBack(Vec<Seal>),
    Standing(Vec<Option<Stamp>>),
}

/// All bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole(#[serde(with = "super::bytes")] pub Vec<u8>);

/// The first of several datasets that a file has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrayFound {
    pub array: Option<Array>,
    /// names tried before it, and why they are no datasets of the file
    pub tried: Vec<(String, String)>,
}

/// A whole dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Array {
    /// absolute path
    pub name: String,
    pub shape: Vec<u64>,
    pub element: ElementType,
    /// numbers in little-endian; empty when there are more than asked for
    #[serde(with = "super::bytes")]
    pub bytes: Vec<u8>,
}

/// Rows of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowData {
    pub element: ElementType,
    /// shape of one row: the dataset's shape without its first dimension
    pub row_shape: Vec<u64>,
    /// numbers in little-endian, other types as stored
    #[serde(with = "super::bytes")]
    pub bytes: Vec<u8>,
}
