//! What a step leaves in the reduced run: declared datasets, filled by frame, by train or once.

use ndarray::{ArrayBase, Data, Dimension};
use serde::{Deserialize, Serialize};
use trainyard_format::map::ElementType;
use trainyard_format::{Error, Place, Result};

/// One dataset `INSTRUMENT/<detector>/REDU/<STEP>:output/data/<key>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputDecl {
    /// key inside `data`: `intensity`, `threshold.value`
    pub key: String,
    pub element: ElementType,
    /// shape of one row, empty for a scalar
    pub shape: Vec<u64>,
    /// unit symbol, empty when there is none
    pub unit: String,
    pub description: String,
}

impl OutputDecl {
    pub fn new(key: &str, element: ElementType, shape: &[u64], description: &str) -> Self {
        OutputDecl {
            key: key.into(),
            element,
            shape: shape.into(),
            unit: String::new(),
            description: description.into(),
        }
    }

    pub fn in_unit(self, symbol: &str) -> Self {
        OutputDecl { unit: symbol.into(), ..self }
    }

    pub fn row_bytes(&self) -> usize {
        self.shape.iter().product::<u64>() as usize * self.element.size()
    }
}

/// Takes the values of one row, dataset by dataset, in the order declared. What does not fit the declaration is an error
/// of the step, told when the row ends.
#[derive(Debug)]
pub struct RowSink<'a> {
    declared: &'a [OutputDecl],
    bytes: &'a mut Vec<u8>,
    next: usize,
    wrong: Option<String>,
}

impl<'a> RowSink<'a> {
    pub fn new(declared: &'a [OutputDecl], bytes: &'a mut Vec<u8>) -> Self {
        RowSink { declared, bytes, next: 0, wrong: None }
    }

    /// Whether these are the next values declared.
    fn fits(&mut self, element: ElementType, values: usize) -> bool {
        let declared = self.declared.get(self.next);
        self.next += 1;
        let wrong = match declared {
            None => Some("more values than datasets are declared".to_string()),
            Some(decl) if decl.element != element => {
                Some(format!("`{}` is declared as {:?}, given is {element:?}", decl.key, decl.element))
            }
            Some(decl) if decl.shape.iter().product::<u64>() != values as u64 => {
                Some(format!("`{}` is declared as {:?}, given are {values} values", decl.key, decl.shape))
            }
            Some(_) => None,
        };
        if self.wrong.is_none() {
            self.wrong = wrong;
        }
        self.wrong.is_none()
    }

    /// Every declared dataset has its row, and nothing else came.
    ///
    /// # Errors
    /// What does not fit the declaration.
    pub fn end(self) -> Result<()> {
        let missing = || {
            let decl = self.declared.get(self.next)?;
            Some(format!("no value for `{}`", decl.key))
        };
        match self.wrong.clone().or_else(missing) {
            Some(what) => Err(Error::bug(format!("a row is not as declared: {what}"), Place::default())),
            None => Ok(()),
        }
    }
}

macro_rules! put {
    ($($name:ident $type:ty, $element:ident;)*) => {
        impl RowSink<'_> {
            $(pub fn $name(&mut self, values: &[$type]) {
                if !self.fits(ElementType::$element, values.len()) {
                    return;
                }
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

/// Takes the entries of a list, each as a row of the datasets declared.
#[derive(Debug)]
pub struct ListSink<'a> {
    declared: &'a [OutputDecl],
    bytes: &'a mut Vec<u8>,
    wrong: Option<Error>,
}

impl<'a> ListSink<'a> {
    pub fn new(declared: &'a [OutputDecl], bytes: &'a mut Vec<u8>) -> Self {
        ListSink { declared, bytes, wrong: None }
    }

    /// The next entry, as declared.
    pub fn entry(&mut self, put: impl FnOnce(&mut RowSink<'_>)) {
        let mut row = RowSink::new(self.declared, self.bytes);
        put(&mut row);
        let ended = row.end();
        if self.wrong.is_none() {
            self.wrong = ended.err();
        }
    }

    /// # Errors
    /// The first entry that is not as declared.
    pub fn end(self) -> Result<()> {
        self.wrong.map_or(Ok(()), Err)
    }
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

    /// An array as it is, in row-major order.
    pub fn array<S: Data<Elem = f64>, D: Dimension>(&mut self, key: &str, values: &ArrayBase<S, D>, unit: &str) {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.number(key, ElementType::F64, values.shape(), bytes, unit);
    }

    /// The numbers of a key, in row-major order; `None`: there are none under it.
    pub fn numbers(&self, key: &str) -> Option<Vec<f64>> {
        let (_, value, _) = self.values.iter().find(|(own, _, _)| own == key)?;
        match value {
            RunValue::Number { element, bytes, .. } => {
                let number = |bytes: &[u8]| match element {
                    ElementType::F64 => bytes.try_into().ok().map(f64::from_le_bytes),
                    ElementType::U64 => bytes.try_into().ok().map(|bytes| u64::from_le_bytes(bytes) as f64),
                    _ => None,
                };
                bytes.chunks_exact(element.size()).map(number).collect()
            }
            RunValue::Text(_) => None,
        }
    }

    fn number(&mut self, key: &str, element: ElementType, shape: &[usize], bytes: Vec<u8>, unit: &str) {
        let shape: Vec<u64> = shape.iter().map(|&n| n as u64).collect();
        assert_eq!(shape.iter().product::<u64>() as usize * element.size(), bytes.len(), "shape of `{key}`");
        self.values.push((key.into(), RunValue::Number { element, shape, bytes }, unit.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(put: impl FnOnce(&mut RowSink<'_>)) -> (Vec<u8>, Option<String>) {
        let declared = [
            OutputDecl::new("count", ElementType::U8, &[], "one"),
            OutputDecl::new("profile", ElementType::F32, &[2], "two").in_unit("uJ"),
        ];
        let mut bytes = Vec::new();
        let mut sink = RowSink::new(&declared, &mut bytes);
        put(&mut sink);
        let wrong = sink.end().err().map(|e| e.to_string());
        (bytes, wrong)
    }

    #[test]
    fn a_row_is_as_declared_or_says_what_is_not() {
        let whole = row(|sink| {
            sink.u8(&[7]);
            sink.f32(&[1.0, 2.0]);
        });
        assert_eq!((whole.0.len(), whole.1), (9, None));
        let says = |put: &dyn Fn(&mut RowSink<'_>), words: &str| {
            let wrong = row(put).1.unwrap();
            assert!(wrong.contains(words), "{wrong}");
        };
        says(&|_| {}, "no value for `count`");
        says(&|sink| sink.u8(&[1]), "no value for `profile`");
        says(&|sink| sink.u16(&[1]), "`count` is declared as U8, given is U16");
        says(&|sink| sink.u8(&[1, 2]), "given are 2 values");
        says(
            &|sink| {
                sink.u8(&[1]);
                sink.f32(&[1.0, 2.0]);
                sink.u8(&[1]);
            },
            "more values",
        );
    }
}
