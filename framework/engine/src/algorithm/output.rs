//! What a step leaves in the reduced run: declared datasets, filled by frame, by train or once.

use serde::{Deserialize, Serialize};
use trainyard_format::map::ElementType;

/// What a row of a dataset belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axis {
    Frame,
    Train,
}

/// One dataset `INSTRUMENT/<detector>/REDU/<STEP>:output/data/<key>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputDecl {
    /// key inside `data`: `intensity`, `threshold.value`
    pub key: String,
    pub axis: Axis,
    pub element: ElementType,
    /// shape of one row, empty for a scalar
    pub shape: Vec<u64>,
    /// unit symbol, empty when there is none
    pub unit: String,
    pub description: String,
}

impl OutputDecl {
    pub fn row_bytes(&self) -> usize {
        self.shape.iter().product::<u64>() as usize * self.element.size()
    }
}

/// Takes the values of one row, dataset by dataset, in the order declared.
#[derive(Debug)]
pub struct RowSink<'a> {
    declared: &'a [OutputDecl],
    bytes: &'a mut Vec<u8>,
    next: usize,
}

impl<'a> RowSink<'a> {
    pub fn new(declared: &'a [OutputDecl], bytes: &'a mut Vec<u8>) -> Self {
        RowSink { declared, bytes, next: 0 }
    }

    fn expect(&mut self, element: ElementType, values: usize) {
        let decl = self.declared.get(self.next).expect("more values than datasets declared");
        assert_eq!(decl.element, element, "element type of `{}`", decl.key);
        assert_eq!(decl.shape.iter().product::<u64>() as usize, values, "length of `{}`", decl.key);
        self.next += 1;
    }

    /// True once every declared dataset has its row.
    pub fn complete(&self) -> bool {
        self.next == self.declared.len()
    }
}

macro_rules! put {
    ($($name:ident $type:ty, $element:ident;)*) => {
        impl RowSink<'_> {
            $(pub fn $name(&mut self, values: &[$type]) {
                self.expect(ElementType::$element, values.len());
                self.bytes.reserve(std::mem::size_of_val(values));
                for v in values { self.bytes.extend_from_slice(&v.to_le_bytes()); }
            })*
        }
    };
}

put! {
    u8 u8, U8;
    u16 u16, U16;
    u32 u32, U32;
    u64 u64, U64;
    i16 i16, I16;
    i32 i32, I32;
    i64 i64, I64;
    f32 f32, F32;
    f64 f64, F64;
}

/// Rows by train of one step: `rows[train]` holds the declared datasets' bytes one after the other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainRows {
    pub rows: Vec<Option<Vec<u8>>>,
}

/// A run-level result `RUN/<detector>/REDU/<STEP>/<key>/value`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RunValue {
    Number { element: ElementType, shape: Vec<u64>, bytes: Vec<u8> },
    Text(String),
}

/// Run-level results of one step, in the order given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunValues {
    /// (key, value, unit symbol)
    pub values: Vec<(String, RunValue, String)>,
    /// what is doubtful about the results, for the verdict and the manifest: that nothing took part, and why
    pub warnings: Vec<String>,
}

impl RunValues {
    /// A lowercase fragment with the numbers that decided; the step is named in front of it.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(text.into());
    }

    pub fn text(&mut self, key: &str, text: impl Into<String>) {
        self.values.push((key.into(), RunValue::Text(text.into()), String::new()));
    }

    pub fn f64(&mut self, key: &str, shape: &[usize], values: &[f64], unit: &str) {
        self.number(key, ElementType::F64, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect(), unit);
    }

    pub fn u64(&mut self, key: &str, shape: &[usize], values: &[u64], unit: &str) {
        self.number(key, ElementType::U64, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect(), unit);
    }

    fn number(&mut self, key: &str, element: ElementType, shape: &[usize], bytes: Vec<u8>, unit: &str) {
        let shape: Vec<u64> = shape.iter().map(|&n| n as u64).collect();
        assert_eq!(shape.iter().product::<u64>() as usize * element.size(), bytes.len(), "shape of `{key}`");
        self.values.push((key.into(), RunValue::Number { element, shape, bytes }, unit.into()));
    }
}
