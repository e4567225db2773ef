//! The declaration of one dataset, before any parameter has a value.

use crate::map::{Attribute, AttributeValue, ElementType};
use crate::write::{unit, Element};
use trainyard_codec::Codec;

/// A dataset of a [`Layout`](super::Layout): source, key, type and shape of one entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    pub(super) source: String,
    pub(super) key: String,
    pub(super) element: ElementType,
    pub(super) shape: String,
    pub(super) attributes: Vec<Attribute>,
    pub(super) chunk_rows: Option<u64>,
    pub(super) codec: Codec,
}

impl Dataset {
    /// One number an entry: `Dataset::of::<f64>("@res", "azimuthal.intensity")`.
    ///
    /// `source` is `@` and an alias, or a name with `{parameters}` in it. With a colon in it the source is an INSTRUMENT
    /// source, and the first part of `key` is its index group; without one it is a CONTROL source.
    pub fn of<T: Element>(source: &str, key: &str) -> Self {
        Self::new(T::TYPE, source, key)
    }

    /// One text an entry, ASCII, of at most `bytes` bytes.
    pub fn text(bytes: u32, source: &str, key: &str) -> Self {
        Self::new(ElementType::FixedString(bytes), source, key)
    }

    /// The same for a type that is known only at run time.
    pub fn new(element: ElementType, source: &str, key: &str) -> Self {
        Dataset {
            source: source.into(),
            key: key.into(),
            element,
            shape: String::new(),
            attributes: Vec::new(),
            chunk_rows: None,
            codec: Codec::None,
        }
    }

    /// The shape of an entry: numbers and parameters, as in `"modules, 512, 128"`. A parameter that is itself a shape
    /// stands for all its dimensions.
    #[must_use]
    pub fn shape(mut self, shape: &str) -> Self {
        self.shape = shape.into();
        self
    }

    /// What is meant, and in which unit: `.unit("momentum transfer", "1/nm", "reciprocal nanometre")`.
    #[must_use]
    pub fn unit(self, description: &str, symbol: &str, name: &str) -> Self {
        unit(description, symbol, name).into_iter().fold(self, Self::attribute)
    }

    /// What is meant, of a number without unit.
    #[must_use]
    pub fn description(self, text: &str) -> Self {
        self.attribute(Attribute { name: "description".into(), value: AttributeValue::Text(text.into()) })
    }

    /// Any attribute; one of the same name is replaced.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute) -> Self {
        self.attributes.retain(|other| other.name != attribute.name);
        self.attributes.push(attribute);
        self
    }

    /// Entries in a chunk, where the default is not wanted: 256 KiB, or one entry that is larger.
    #[must_use]
    pub fn chunk_rows(mut self, rows: u64) -> Self {
        self.chunk_rows = Some(rows);
        self
    }

    /// How chunks are compressed; not at all by default.
    #[must_use]
    pub fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }
}
