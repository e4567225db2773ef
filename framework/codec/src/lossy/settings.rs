//! What a user asks of a lossy codec.
//!
//! In a workflow `{absolute: 4}`, `{relative: 1e-4}` or `{psnr: 60}`, and beside it
//! `non-finite: lossless` (the default) or `non-finite: {replace-with: 0}`.

use serde::{Deserialize, Serialize};

use crate::Error;

/// How large the error may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// No pixel is further from its value than this.
    Absolute(f64),
    /// No pixel is further from its value than this times the range (largest less smallest
    /// value) of its chunk.
    Relative(f64),
    /// dB: 10 log10(range^2 / mean squared error) of every chunk, with its own range, is at
    /// least this.
    Psnr(f64),
}

/// What becomes of NaN and infinity, which SZ3 must never see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NonFinite {
    /// A chunk with one is stored without loss.
    #[default]
    Lossless,
    /// They are replaced by this number.
    ReplaceWith(f64),
}

/// A bound and a rule for NaN.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Lossy {
    /// The bound.
    pub mode: Mode,
    /// The rule.
    pub non_finite: NonFinite,
}

/// As it stands in a workflow.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    #[serde(default)]
    absolute: Option<f64>,
    #[serde(default)]
    relative: Option<f64>,
    #[serde(default)]
    psnr: Option<f64>,
    #[serde(default)]
    non_finite: NonFinite,
}

impl Lossy {
    /// `mode`, with chunks that hold NaN or infinity stored without loss.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn new(mode: Mode) -> Result<Self, Error> {
        let lossy = Self { mode, non_finite: NonFinite::default() };
        lossy.check().map(|()| lossy)
    }

    /// # Errors
    /// [`Error::Unsupported`] for a bound that is not a positive number, or a replacement that
    /// is not finite.
    pub fn check(&self) -> Result<(), Error> {
        let (name, bound) = match self.mode {
            Mode::Absolute(bound) => ("absolute", bound),
            Mode::Relative(bound) => ("relative", bound),
            Mode::Psnr(bound) => ("psnr", bound),
        };
        if !(bound > 0.0 && bound.is_finite()) {
            return Err(Error::unsupported(format!("sz3: `{name}: {bound}` is no positive number")));
        }
        match self.non_finite {
            NonFinite::ReplaceWith(value) if !value.is_finite() => {
                Err(Error::unsupported(format!("sz3: `replace-with: {value}` is not finite")))
            }
            _ => Ok(()),
        }
    }
}

impl TryFrom<Written> for Lossy {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self, Error> {
        let Written { absolute, relative, psnr, non_finite } = written;
        let mode = match (absolute, relative, psnr) {
            (Some(bound), None, None) => Mode::Absolute(bound),
            (None, Some(bound), None) => Mode::Relative(bound),
            (None, None, Some(bound)) => Mode::Psnr(bound),
            _ => {
                return Err(Error::unsupported(
                    "sz3: not exactly one bound\nhint: one of `absolute`, `relative`, `psnr`",
                ))
            }
        };
        let lossy = Self { mode, non_finite };
        lossy.check().map(|()| lossy)
    }
}

impl From<Lossy> for Written {
    fn from(Lossy { mode, non_finite }: Lossy) -> Self {
        let mut written = Self { absolute: None, relative: None, psnr: None, non_finite };
        match mode {
            Mode::Absolute(bound) => written.absolute = Some(bound),
            Mode::Relative(bound) => written.relative = Some(bound),
            Mode::Psnr(bound) => written.psnr = Some(bound),
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Result<Lossy, String> {
        serde_json::from_str(json).map_err(|e| e.to_string())
    }

    #[test]
    fn settings_come_back() {
        for (text, mode, non_finite) in [
            (r#"{"absolute": 4}"#, Mode::Absolute(4.0), NonFinite::Lossless),
            (r#"{"relative": 1e-4, "non-finite": "lossless"}"#, Mode::Relative(1e-4), NonFinite::Lossless),
            (r#"{"psnr": 60, "non-finite": {"replace-with": -1}}"#, Mode::Psnr(60.0), NonFinite::ReplaceWith(-1.0)),
        ] {
            let lossy = Lossy { mode, non_finite };
            assert_eq!(parsed(text), Ok(lossy));
            assert_eq!(parsed(&serde_json::to_string(&lossy).unwrap_or_default()), Ok(lossy));
            let bytes = postcard::to_stdvec(&lossy).unwrap_or_default();
            assert_eq!(postcard::from_bytes(&bytes), Ok(lossy));
        }
    }

    #[test]
    fn mistakes_are_told() {
        for (text, told) in [
            (r#"{}"#, "one of `absolute`, `relative`, `psnr`"),
            (r#"{"absolute": 1, "psnr": 2}"#, "not exactly one bound"),
            (r#"{"absolute": 0}"#, "`absolute: 0` is no positive number"),
            (r#"{"relative": -1}"#, "`relative: -1`"),
            (r#"{"absolut": 1}"#, "unknown field `absolut`"),
            (r#"{"absolute": 1, "non-finite": "drop"}"#, "unknown variant `drop`"),
        ] {
            let found = parsed(text).err().unwrap_or_default();
            assert!(found.contains(told), "{text}: {found}");
        }
        let nan = Lossy { mode: Mode::Psnr(1.0), non_finite: NonFinite::ReplaceWith(f64::NAN) };
        assert!(nan.check().is_err() && Lossy::new(Mode::Absolute(f64::INFINITY)).is_err());
    }
}
