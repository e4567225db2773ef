//! Rows as a caller has them: numbers, texts, or bytes with a type.

use super::declared::Declared;
use crate::map::ElementType;
use crate::write::{Element, Values};
use std::borrow::Cow;

/// Rows for a dataset, made `From` a slice of numbers, a slice of texts, or [`Values`].
///
/// Numbers have the type that was declared: nothing is converted. Of `Values` type, shape and bytes are taken; attributes
/// and storage are those of the layout.
#[derive(Clone, Debug)]
pub struct Rows<'a>(Kind<'a>);

#[derive(Clone, Debug)]
enum Kind<'a> {
    Numbers { element: ElementType, row_shape: Option<&'a [u64]>, bytes: Cow<'a, [u8]> },
    Texts(&'a [&'a str]),
    Nothing,
}

impl<'a, T: Element> From<&'a [T]> for Rows<'a> {
    fn from(numbers: &'a [T]) -> Self {
        let Values { element, bytes, .. } = Values::of(numbers, &[]);
        Rows(Kind::Numbers { element, row_shape: None, bytes })
    }
}

impl<'a, T: Element, const N: usize> From<&'a [T; N]> for Rows<'a> {
    fn from(numbers: &'a [T; N]) -> Self {
        numbers.as_slice().into()
    }
}

impl<'a, T: Element> From<&'a Vec<T>> for Rows<'a> {
    fn from(numbers: &'a Vec<T>) -> Self {
        numbers.as_slice().into()
    }
}

impl<'a> From<&'a [&'a str]> for Rows<'a> {
    fn from(texts: &'a [&'a str]) -> Self {
        Rows(Kind::Texts(texts))
    }
}

impl<'a, const N: usize> From<&'a [&'a str; N]> for Rows<'a> {
    fn from(texts: &'a [&'a str; N]) -> Self {
        texts.as_slice().into()
    }
}

impl<'a> From<Values<'a>> for Rows<'a> {
    fn from(values: Values<'a>) -> Self {
        let Values { element, row_shape, bytes, .. } = values;
        Rows(Kind::Numbers { element, row_shape: Some(row_shape), bytes })
    }
}

impl<'a> Rows<'a> {
    /// No rows, of whatever type.
    pub(super) fn none() -> Self {
        Rows(Kind::Nothing)
    }

    /// The bytes of whole rows as declared; else what does not fit.
    pub(super) fn into_bytes(self, declared: &Declared) -> Result<Cow<'a, [u8]>, String> {
        let bytes = match (self.0, declared.element) {
            (Kind::Numbers { element, .. }, wanted) if element != wanted => {
                return Err(format!("{element:?} was given, {wanted:?} is declared"));
            }
            (Kind::Numbers { row_shape: Some(shape), .. }, _) if shape != declared.row_shape => {
                return Err(format!("rows of shape {shape:?} were given, {:?} is declared", declared.row_shape));
            }
            (Kind::Numbers { bytes, .. }, _) => bytes,
            (Kind::Texts(texts), ElementType::FixedString(width)) => Cow::Owned(fixed(texts, width as usize)?),
            (Kind::Nothing, _) => Cow::Borrowed(&[][..]),
            (Kind::Texts(_), wanted) => return Err(format!("texts were given, {wanted:?} is declared")),
        };
        if !bytes.len().is_multiple_of(declared.row_bytes) {
            let element = declared.element.size();
            return Err(format!(
                "{} elements are no whole number of rows of shape {:?}",
                bytes.len() / element,
                declared.row_shape
            ));
        }
        Ok(bytes)
    }
}

/// Texts side by side, each padded with zero bytes.
fn fixed(texts: &[&str], width: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(texts.len().saturating_mul(width));
    for text in texts {
        if text.len() > width {
            return Err(format!("the text `{text}` is longer than the {width} bytes declared"));
        }
        if !text.is_ascii() || text.contains('\0') {
            return Err(format!("the text `{}` is not ASCII", text.escape_debug()));
        }
        bytes.extend_from_slice(text.as_bytes());
        bytes.resize(bytes.len() + width - text.len(), 0);
    }
    Ok(bytes)
}
