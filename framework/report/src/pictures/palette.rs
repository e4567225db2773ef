//! Colours of pictures: dark to bright in steps that look equal, also without colours and to the colour-blind (viridis).

/// Colours of values, 0 to `COLOURS - 1`.
pub const COLOURS: usize = 128;
/// Bad pixels are a checkerboard of two greys: a pattern, not only a colour.
pub const BAD: [u8; 2] = [COLOURS as u8, COLOURS as u8 + 1];
/// Nothing is there: transparent.
pub const NOTHING: u8 = COLOURS as u8 + 2;

const VIRIDIS: [[u8; 3]; 10] = [
    [0x44, 0x01, 0x54],
    [0x48, 0x28, 0x78],
    [0x3e, 0x4a, 0x89],
    [0x31, 0x68, 0x8e],
    [0x26, 0x82, 0x8e],
    [0x1f, 0x9e, 0x89],
    [0x35, 0xb7, 0x79],
    [0x6e, 0xce, 0x58],
    [0xb5, 0xde, 0x2b],
    [0xfd, 0xe7, 0x25],
];
const GREYS: [[u8; 3]; 2] = [[0xb8, 0xb0, 0xb0], [0x70, 0x68, 0x68]];

/// Shares of the way from dark to bright, each with its colour.
pub fn gradient() -> Vec<(f64, [u8; 3])> {
    VIRIDIS.iter().enumerate().map(|(number, colour)| (number as f64 / (VIRIDIS.len() - 1) as f64, *colour)).collect()
}

/// Colour of a place between 0 and 1.
pub fn colour(place: f64) -> [u8; 3] {
    let place = place.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let below = (place.floor() as usize).min(VIRIDIS.len() - 2);
    let share = place - below as f64;
    let mix = |channel: usize| {
        let (a, b) = (f64::from(VIRIDIS[below][channel]), f64::from(VIRIDIS[below + 1][channel]));
        (a + (b - a) * share).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}

/// All of them, as a picture's table.
pub fn table() -> Vec<[u8; 3]> {
    let values = (0..COLOURS).map(|number| colour(number as f64 / (COLOURS - 1) as f64));
    values.chain(GREYS).chain([[0, 0, 0]]).collect()
}

/// The index of a value at `place` of the scale.
pub fn index(place: f64) -> u8 {
    (place.clamp(0.0, 1.0) * (COLOURS - 1) as f64).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brighter_is_more() {
        let light = |c: [u8; 3]| 0.2126 * f64::from(c[0]) + 0.7152 * f64::from(c[1]) + 0.0722 * f64::from(c[2]);
        let lights: Vec<f64> = (0..COLOURS).map(|n| light(table()[n])).collect();
        assert!(lights.windows(2).all(|pair| pair[1] > pair[0] - 0.5), "{lights:?}");
        assert_eq!((index(0.0), index(1.0), table().len()), (0, COLOURS as u8 - 1, COLOURS + 3));
    }
}
