//! PNG with a table of colours, 8 bits a pixel.

use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Filter};

/// Most pixels of a picture that is kept from an earlier report.
const MOST_PIXELS: u64 = 4 << 20;

/// `pixels` are indices into `table`, row after row; `transparent` is the index of what is not there. Nothing where the sizes
/// do not fit each other.
pub fn encode((width, height): (usize, usize), pixels: &[u8], table: &[[u8; 3]], transparent: u8) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(table.concat());
    let mut opaque = vec![255; usize::from(transparent) + 1];
    opaque[usize::from(transparent)] = 0;
    encoder.set_trns(opaque);
    encoder.set_compression(Compression::Balanced);
    // indices of neighbours have no arithmetic
    encoder.set_filter(Filter::NoFilter);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(pixels).ok()?;
    writer.finish().ok()?;
    Some(out)
}

/// Whether bytes are a whole picture of ours of this size: what an earlier report holds may have been changed.
pub fn is_ours(bytes: &[u8], (width, height): (usize, usize)) -> bool {
    let decode = || -> Option<bool> {
        let mut reader = Decoder::new(std::io::Cursor::new(bytes)).read_info().ok()?;
        let info = reader.info();
        let size = (info.width as usize, info.height as usize);
        let kind = (info.color_type, info.bit_depth);
        if size != (width, height) || u64::from(info.width) * u64::from(info.height) > MOST_PIXELS {
            return Some(false);
        }
        let mut pixels = vec![0; reader.output_buffer_size()?];
        reader.next_frame(&mut pixels).ok()?;
        Some(kind == (ColorType::Indexed, BitDepth::Eight))
    };
    decode() == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_back() {
        let table = [[1, 2, 3], [4, 5, 6], [0, 0, 0]];
        let png = encode((2, 3), &[0, 1, 2, 2, 1, 0], &table, 2).unwrap();
        assert!(is_ours(&png, (2, 3)));
        let mut decoder = Decoder::new(std::io::Cursor::new(&png));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels[..12], [1, 2, 3, 255, 4, 5, 6, 255, 0, 0, 0, 0]);
        assert_eq!(encode((2, 3), &[0; 5], &table, 2), None);
    }

    #[test]
    fn what_is_none_is_not_kept() {
        let png = encode((2, 2), &[0; 4], &[[1, 2, 3], [0, 0, 0]], 1).unwrap();
        assert!(is_ours(&png, (2, 2)) && !is_ours(&png, (2, 3)));
        assert!(!is_ours(b"<svg onload=alert(1)>", (2, 2)) && !is_ours(&[], (0, 0)));
        for end in 0..png.len() - 12 {
            assert!(!is_ours(&png[..end], (2, 2)), "{end} bytes of it");
        }
    }
}
