//! How the kept frames are stored.

use trainyard_codec::lossy::Lossy;
use trainyard_codec::Codec;

#[derive(Clone, Debug, PartialEq)]
pub enum FrameOutput {
    /// the input's filters; chunks that no step changed are copied as they are
    Same,
    Lossless(Codec),
    /// within a bound that is proved for every chunk
    Lossy(Lossy),
}
