//! Who runs SZ3: the plug-in that the site's readers have or, with the feature `sz3` and where
//! there is none, the library linked in.
//!
//! The plug-in comes first because the proof of an error is worth most when it is made with the
//! very decoder of the readers. It also knows all ten types; the linked library's binding knows
//! four.

use std::sync::Arc;

use crate::filters::sz3::{Shape, Stated, ID};
use crate::lossy::Element;
use crate::plugin::{Bytes, Direction, Library, Plugins};
use crate::Error;

pub(crate) enum Backend {
    Plugin(Arc<Library>),
    #[cfg(feature = "sz3")]
    Linked(linked::Linked),
}

impl Backend {
    /// # Errors
    /// [`Error::UnknownFilter`] where there is neither.
    pub(crate) fn of(element: Element, plugins: &Plugins) -> Result<Self, Error> {
        let found = plugins.find(ID).map(Self::Plugin);
        #[cfg(feature = "sz3")]
        let found = found.or_else(|missing| linked::Linked::of(element).map(Self::Linked).ok_or(missing));
        let _ = element;
        found
    }

    /// The stream of `pixels` with an error of at most `bound`, as SZ3 has it.
    pub(crate) fn encode(&self, shape: &Shape, pixels: &[u8], bound: f64) -> Result<Bytes, Error> {
        match self {
            Self::Plugin(library) => {
                let input = Bytes::copy_of(pixels).ok_or_else(no_memory)?;
                let values = shape.values(Stated::Absolute(bound));
                library.run(Direction::Encode, &values, input).ok_or_else(|| Error::unsupported("sz3: cannot encode"))
            }
            #[cfg(feature = "sz3")]
            Self::Linked(linked) => linked.encode(shape, pixels, bound),
        }
    }

    pub(crate) fn decode(&self, shape: &Shape, stream: Bytes) -> Result<Bytes, Error> {
        match self {
            Self::Plugin(library) => {
                let values = shape.values(Stated::Absolute(0.0));
                library.run(Direction::Decode, &values, stream).ok_or_else(|| Error::damaged("sz3: cannot decode"))
            }
            #[cfg(feature = "sz3")]
            Self::Linked(linked) => linked.decode(stream),
        }
    }
}

fn no_memory() -> Error {
    Error::unsupported("sz3: no memory for a chunk")
}
