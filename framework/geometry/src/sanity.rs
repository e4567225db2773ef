//! Values that no experiment has: a distance of 200 m, photons of 9300 keV, pixels of a decimetre. They come from a wrong
//! unit, and a profile made with them looks like any other.

use crate::error::GeometryError;
use crate::pixel_map::PixelMap;
use crate::quantity::Length;

/// Sample to detector in metres. The longest flight tubes have 30 m.
const DISTANCES: [f64; 2] = [1e-3, 50.0];
/// Photons in electronvolts: below are no X-rays, above are no detectors for them. The wavelength of electrons in a
/// microscope is that of a photon of up to 800 keV.
const ENERGIES: [f64; 2] = [20.0, 1e6];
/// Sides of a pixel in metres.
const PIXELS: [f64; 2] = [1e-7, 2e-2];

fn within(value: f64, [low, high]: [f64; 2]) -> bool {
    (low..high).contains(&value)
}

/// # Errors
/// When the distance in metres is none of an experiment.
pub(crate) fn distance(metres: f64) -> Result<(), GeometryError> {
    if within(metres, DISTANCES) {
        return Ok(());
    }
    let hint = if within(metres * 1e-3, DISTANCES) {
        "is it meant in mm? write it with its unit: \"0.2 m\""
    } else {
        "write it with its unit: \"0.2 m\""
    };
    Err(GeometryError::configuration(
        format!(
            "a distance of {} m from the sample to the detector is absurd: it lies between 1 mm and 50 m",
            short(metres)
        ),
        hint,
    ))
}

/// # Errors
/// When the wavelength in metres is none of X-rays.
pub(crate) fn wavelength(metres: f64) -> Result<(), GeometryError> {
    let energy = Length::from_metres(metres).photon_energy().electronvolts();
    if within(energy, ENERGIES) {
        return Ok(());
    }
    let hint = match energy {
        _ if within(energy * 1e-3, ENERGIES) && energy > 1e6 => {
            "is it meant in eV? write it with its unit: \"9.3 keV\""
        }
        _ if within(energy * 1e3, ENERGIES) => "is it meant in keV? write it with its unit: \"9.3 keV\"",
        _ => "write it with its unit: \"9.3 keV\"",
    };
    Err(GeometryError::configuration(
        format!(
            "a photon energy of {} eV (wavelength {} m) is absurd: it lies between 20 eV and 1 MeV",
            short(energy),
            short(metres)
        ),
        hint,
    ))
}

/// # Errors
/// When the map is of no experiment.
pub(crate) fn map(map: &PixelMap) -> Result<(), GeometryError> {
    for panel in map.panels() {
        let sides = [panel.fs.length(), panel.ss.length()];
        if let Some(side) = sides.into_iter().find(|side| !within(*side, PIXELS)) {
            return Err(GeometryError::configuration(
                format!("panel `{}` has pixels of {} m, which is absurd", panel.name, short(side)),
                "`res` of a .geom file counts pixels in a metre, pixel sizes of a PONI file are in metres",
            ));
        }
    }
    distance(map.distance())?;
    map.wavelength().map_or(Ok(()), wavelength)
}

/// Four digits.
pub(crate) fn short(value: f64) -> String {
    if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        let digits = 3 - libm::log10(value.abs().max(1e-9)).floor().clamp(-4.0, 3.0) as i32;
        let text = format!("{value:.*}", digits.max(0) as usize);
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        }
    } else {
        format!("{value:.3e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits() {
        for (value, expected) in [
            (5.5, "5.5"),
            (0.2, "0.2"),
            (200.0, "200"),
            (9300.0, "9300"),
            (1.23456, "1.235"),
            (0.0123456, "0.01235"),
            (0.0, "0"),
            (9.3e6, "9300000"),
            (1.333e-10, "1.333e-10"),
            (2e9, "2.000e9"),
            (123456.0, "123456"),
        ] {
            assert_eq!(short(value), expected);
        }
    }

    #[test]
    fn absurd_values_are_told_with_the_likely_unit() {
        let hint = |error: GeometryError| error.hint().unwrap_or_default().to_owned();
        assert!(hint(distance(200.0).unwrap_err()).contains("in mm?"));
        assert!(distance(1e7).is_err() && distance(f64::NAN).is_err() && distance(-1.0).is_err());
        for metres in [0.05, 0.2, 5.5, 30.0] {
            assert!(distance(metres).is_ok(), "{metres}");
        }
        let of =
            |electronvolts: f64| wavelength(crate::Energy::from_electronvolts(electronvolts).wavelength().metres());
        assert!(hint(of(9.3e6).unwrap_err()).contains("in eV?"));
        assert!(hint(of(9.3).unwrap_err()).contains("in keV?"));
        for electronvolts in [250.0, 9300.0, 120e3, 620e3] {
            assert!(of(electronvolts).is_ok(), "{electronvolts}");
        }
    }
}
