//! Amounts of memory and percentages. The text is kept as written: the manifest shows the workflow as it was.

use crate::document::unit::{parse, Dimension, NotAQuantity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// `8GiB`, `500 MB`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "bytes", "minimum" = 1))]
pub struct Bytes {
    text: String,
    bytes: u64,
}

impl Bytes {
    pub fn get(&self) -> u64 {
        self.bytes
    }
}

impl FromStr for Bytes {
    type Err = NotAQuantity;

    fn from_str(text: &str) -> Result<Self, NotAQuantity> {
        // a float cast saturates: no amount wraps round
        let bytes = parse(text, Dimension::Bytes)?.round() as u64;
        if bytes == 0 {
            return Err(NotAQuantity { what: format!("`{text}` is no memory at all"), hint: None });
        }
        Ok(Bytes { text: text.trim().into(), bytes })
    }
}

/// `1%`, from 0 to 100
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "percent", "minimum" = 0, "maximum" = 1))]
pub struct Percent {
    text: String,
    fraction: f64,
}

impl Percent {
    /// Between 0 and 1.
    pub fn fraction(&self) -> f64 {
        self.fraction
    }
}

impl FromStr for Percent {
    type Err = NotAQuantity;

    fn from_str(text: &str) -> Result<Self, NotAQuantity> {
        let fraction = parse(text, Dimension::Percent)?;
        if !(0.0..=1.0).contains(&fraction) {
            return Err(NotAQuantity { what: format!("`{text}` is not between 0% and 100%"), hint: None });
        }
        Ok(Percent { text: text.trim().into(), fraction })
    }
}

macro_rules! as_text {
    ($($name:ident)*) => {$(
        impl TryFrom<String> for $name {
            type Error = NotAQuantity;

            fn try_from(text: String) -> Result<Self, NotAQuantity> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(quantity: $name) -> String {
                quantity.text
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.text)
            }
        }
    )*};
}

as_text! { Bytes Percent }
