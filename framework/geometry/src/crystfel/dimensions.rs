//! Which dimension of the data is which: `dim0 = %`, `dim1 = 3`, `dim2 = ss`, `dim3 = fs`.
//!
//! As CrystFEL reads them: without any statement dim0 is ss and dim1 fs; the first number that nobody states ends the
//! dimensions; ss and fs must be among them, ss first.

use super::value::{self, short};

/// What runs along one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// the frame
    Frame,
    Slow,
    Fast,
    Fixed(usize),
}

/// The dimensions of the array that a panel's pixels lie in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimensions([Option<Dimension>; 10]);

impl Default for Dimensions {
    fn default() -> Self {
        let mut dimensions = [None; 10];
        dimensions[0] = Some(Dimension::Slow);
        dimensions[1] = Some(Dimension::Fast);
        Dimensions(dimensions)
    }
}

impl Dimensions {
    /// Takes `dimN = text`; false when the key is none.
    pub(super) fn set(&mut self, key: &str, text: &str) -> Result<bool, String> {
        let place = match key.strip_prefix("dim").map(str::as_bytes) {
            Some([digit @ b'0'..=b'9']) => usize::from(digit - b'0'),
            _ => return Ok(false),
        };
        self.0[place] = Some(match text {
            "ss" => Dimension::Slow,
            "fs" => Dimension::Fast,
            "%" => Dimension::Frame,
            number => Dimension::Fixed(
                value::position(number)
                    .map_err(|_| format!("a dimension is `ss`, `fs`, `%` or a number, not `{}`", short(text)))?,
            ),
        });
        Ok(true)
    }

    /// # Errors
    /// When ss or fs are not among them, or come the wrong way round.
    pub(super) fn checked(self) -> Result<Self, String> {
        let find = |wanted| self.iter().position(|dimension| dimension == wanted);
        match (find(Dimension::Slow), find(Dimension::Fast)) {
            (Some(slow), Some(fast)) if slow < fast => Ok(self),
            (Some(slow), Some(fast)) => {
                Err(format!("has `dim{fast} = fs` before `dim{slow} = ss`: the fast axis is the last of the two"))
            }
            _ => {
                Err("has no dimension for each of `ss` and `fs` (dim0 is ss and dim1 fs unless stated, and the first \
                      number left out ends them)"
                    .into())
            }
        }
    }

    /// In order, up to the first that is not stated.
    pub(super) fn iter(&self) -> impl Iterator<Item = Dimension> + '_ {
        self.0.iter().map_while(|dimension| *dimension)
    }

    /// The fixed number of dimension `place`.
    pub(super) fn fixed(&self, place: usize) -> Option<usize> {
        match self.iter().nth(place)? {
            Dimension::Fixed(number) => Some(number),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(statements: &[(&str, &str)]) -> Result<Vec<Dimension>, String> {
        let mut dimensions = Dimensions::default();
        for (key, text) in statements {
            assert!(dimensions.set(key, text)?, "{key}");
        }
        Ok(dimensions.checked()?.iter().collect())
    }

    #[test]
    fn any_order_of_statements_and_what_crystfel_refuses() {
        use Dimension::{Fast, Fixed, Frame, Slow};
        assert_eq!(read(&[]), Ok(vec![Slow, Fast]));
        let four = [("dim3", "fs"), ("dim0", "%"), ("dim2", "ss"), ("dim1", "4")];
        assert_eq!(read(&four), Ok(vec![Frame, Fixed(4), Slow, Fast]));
        assert_eq!(read(&[("dim0", "ss"), ("dim1", "7"), ("dim2", "fs")]), Ok(vec![Slow, Fixed(7), Fast]));
        // dim3 is not stated: dim4 is not looked at
        assert_eq!(read(&[("dim4", "9")]), Ok(vec![Slow, Fast]));
        assert!(read(&[("dim0", "fs"), ("dim1", "ss")]).unwrap_err().contains("fs` before"));
        assert!(read(&[("dim0", "%")]).unwrap_err().contains("for each of"));
        assert!(read(&[("dim0", "%"), ("dim1", "3"), ("dim3", "ss"), ("dim4", "fs")]).is_err());
        assert!(read(&[("dim1", "slow")]).unwrap_err().contains("a dimension is"));
        assert_eq!(Dimensions::default().set("dimension", "1"), Ok(false));
        assert_eq!(Dimensions::default().set("dim10", "1"), Ok(false));
    }
}
