//! Detectors that a PONI file names, as pyFAI knows them: pixel sizes in metres along the slow and the fast axis, shape.
//!
//! A flat detector is one regular grid. A wide one has wider pixels on both sides of each border between its chips. One
//! whose pixels are not on a flat grid of rows and columns is refused, with the reason.

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Known {
    /// The class of pyFAI, then other names, parted by ` | `.
    names: &'static str,
    pub grid: Result<Grid, &'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    /// of a pixel as frames have it
    pub pixel: [f64; 2],
    /// of single pixels; none: the name stands for a family of detectors
    pub shape: Option<[usize; 2]>,
    /// single pixels that a pixel of the size above is made of, along each axis
    pub binning: usize,
    pub wide: Option<Wide>,
}

/// The two pixels at a border between chips are `factor` times as wide as the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wide {
    pub chip: [usize; 2],
    pub factor: f64,
}

const CURVED: &str = "its surface is curved";
const HEXAGONS: &str = "its pixels are hexagons";
const GAPS: &str = "there are gaps between its modules";
const CORNERS: &str = "its pixels are given one by one in a file of their own";

const fn grid(
    names: &'static str,
    pixel: [f64; 2],
    shape: Option<[usize; 2]>,
    binning: usize,
    wide: Option<Wide>,
) -> Known {
    Known { names, grid: Ok(Grid { pixel, shape, binning, wide }) }
}

const fn flat(names: &'static str, pixel: [f64; 2], shape: [usize; 2]) -> Known {
    grid(names, pixel, Some(shape), 1, None)
}

const fn binned(names: &'static str, pixel: [f64; 2], shape: [usize; 2], binning: usize) -> Known {
    grid(names, pixel, Some(shape), binning, None)
}

const fn family(names: &'static str, pixel: [f64; 2]) -> Known {
    grid(names, pixel, None, 1, None)
}

const fn wide(names: &'static str, pixel: [f64; 2], shape: [usize; 2], chip: [usize; 2], factor: f64) -> Known {
    grid(names, pixel, Some(shape), 1, Some(Wide { chip, factor }))
}

const fn refused(names: &'static str, why: &'static str) -> Known {
    Known { names, grid: Err(why) }
}

/// The one that `name` stands for; blanks, underscores and case mean nothing.
pub(super) fn find(name: &str) -> Option<&'static Known> {
    // longer than any name, and a text of megabytes is compared with hundreds
    if name.len() > 64 {
        return None;
    }
    let wanted = plain(name);
    KNOWN.iter().find(|known| known.names.split(" | ").any(|own| plain(own) == wanted))
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_')).map(|c| c.to_ascii_lowercase()).collect()
}

/// First names, to suggest one.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().filter_map(|known| known.names.split(" | ").next())
}

/// Detectors that a PONI file names, for the book: first name, and whether it is read or why not.
pub fn poni_detectors() -> impl Iterator<Item = (&'static str, Result<(), &'static str>)> {
    names().zip(KNOWN.iter().map(|known| known.grid.map(|_| ())))
}

const KNOWN: &[Known] = &[
    flat("ADSC_Q210 | Quantum 210", [51e-6; 2], [4096, 4096]),
    flat("ADSC_Q270 | Quantum 270", [51e-6; 2], [4168, 4168]),
    flat("ADSC_Q315 | Quantum 315", [51e-6; 2], [6144, 6144]),
    flat("ADSC_Q4 | Quantum 4", [51e-6; 2], [2304, 2304]),
    flat("Apex2 | ApexII | Bruker", [120e-6; 2], [1024, 1024]),
    flat("Basler | aca1300", [3.75e-6; 2], [966, 1296]),
    flat("Dexela2923", [75e-6; 2], [3888, 3072]),
    flat("Eiger16M", [75e-6; 2], [4371, 4150]),
    flat("Eiger1M", [75e-6; 2], [1065, 1030]),
    flat("Eiger2CdTe_16M", [75e-6; 2], [4362, 4148]),
    flat("Eiger2CdTe_1M", [75e-6; 2], [1062, 1028]),
    flat("Eiger2CdTe_1MW | Eiger2 CdTe 1M-W", [75e-6; 2], [512, 2068]),
    flat("Eiger2CdTe_2MW | Eiger2 CdTe 2M-W", [75e-6; 2], [512, 4148]),
    flat("Eiger2CdTe_4M", [75e-6; 2], [2162, 2068]),
    flat("Eiger2CdTe_500k", [75e-6; 2], [512, 1028]),
    flat("Eiger2CdTe_9M", [75e-6; 2], [3262, 3108]),
    flat("Eiger2_16M", [75e-6; 2], [4362, 4148]),
    flat("Eiger2_1M", [75e-6; 2], [1062, 1028]),
    flat("Eiger2_1MW | Eiger2 1M-W", [75e-6; 2], [512, 2068]),
    flat("Eiger2_250k", [75e-6; 2], [512, 512]),
    flat("Eiger2_2MW | Eiger2 2M-W", [75e-6; 2], [512, 4148]),
    flat("Eiger2_4M", [75e-6; 2], [2162, 2068]),
    flat("Eiger2_500k", [75e-6; 2], [512, 1028]),
    flat("Eiger2_9M", [75e-6; 2], [3262, 3108]),
    flat("Eiger4M", [75e-6; 2], [2167, 2070]),
    flat("Eiger500k", [75e-6; 2], [514, 1030]),
    flat("Eiger9M", [75e-6; 2], [3269, 3110]),
    flat("FReLoN", [50e-6; 2], [2048, 2048]),
    flat("Fairchild | Condor | Fairchild Condor 486:90", [15e-6; 2], [4096, 4096]),
    flat("HF_130K | HF-130k", [150e-6; 2], [256, 512]),
    flat("HF_1M | HF-1M", [150e-6; 2], [1024, 1024]),
    flat("HF_262k | HF-262k", [150e-6; 2], [512, 512]),
    flat("HF_2M | HF-2.4M", [150e-6; 2], [1536, 1536]),
    flat("HF_4M | HF-4M", [150e-6; 2], [2048, 2048]),
    flat("HF_9M | HF-9.4M", [150e-6; 2], [3072, 3072]),
    flat("Jungfrau1M", [75e-6; 2], [1064, 1030]),
    flat("Jungfrau4M", [75e-6; 2], [2164, 2068]),
    flat("Lambda10M", [55e-6; 2], [2596, 4676]),
    flat("Lambda250k", [55e-6; 2], [516, 516]),
    flat("Lambda2M", [55e-6; 2], [1556, 1556]),
    flat("Lambda60k", [55e-6; 2], [256, 256]),
    flat("Lambda750k", [55e-6; 2], [516, 1556]),
    flat("Lambda7M5 | Lambda 7.5M", [55e-6; 2], [2596, 2596]),
    flat("Lambda9M", [55e-6; 2], [3868, 3227]),
    flat("Mar345 | Mar3450", [100e-6; 2], [3450, 3450]),
    flat("Mar555", [139e-6; 2], [3072, 2560]),
    flat("Maxipix | Maxipix 1x1", [55e-6; 2], [256, 256]),
    flat("Maxipix2x2", [55e-6; 2], [516, 516]),
    flat("Maxipix5x1", [55e-6; 2], [256, 1296]),
    flat("Mythen | Mythen 1280", [8000e-6, 50e-6], [1, 1280]),
    binned("Perkin | Perkin detector | Perkin Elmer", [200e-6; 2], [4096, 4096], 2),
    flat("Pilatus100k", [172e-6; 2], [195, 487]),
    flat("Pilatus1M", [172e-6; 2], [1043, 981]),
    flat("Pilatus200k", [172e-6; 2], [407, 487]),
    flat("Pilatus2M", [172e-6; 2], [1679, 1475]),
    flat("Pilatus300k", [172e-6; 2], [619, 487]),
    flat("Pilatus300kw", [172e-6; 2], [195, 1475]),
    flat("Pilatus4_1M", [150e-6; 2], [1080, 1033]),
    flat("Pilatus4_260k", [150e-6; 2], [530, 513]),
    flat("Pilatus4_260kw", [150e-6; 2], [255, 1033]),
    flat("Pilatus4_2M", [150e-6; 2], [1630, 1553]),
    flat("Pilatus4_4M", [150e-6; 2], [2180, 2073]),
    flat("Pilatus4_CdTe_1M | Pilatus4 1M CdTe", [150e-6; 2], [1080, 1033]),
    flat("Pilatus4_CdTe_260k | Pilatus4 260k CdTe", [150e-6; 2], [530, 513]),
    flat("Pilatus4_CdTe_260kw | Pilatus4 260kw CdTe", [150e-6; 2], [255, 1033]),
    flat("Pilatus4_CdTe_2M | Pilatus4 2M CdTe", [150e-6; 2], [1630, 1553]),
    flat("Pilatus4_CdTe_4M | Pilatus4 4M CdTe", [150e-6; 2], [2180, 2073]),
    flat("Pilatus6M", [172e-6; 2], [2527, 2463]),
    flat("Pilatus900k", [172e-6; 2], [619, 1475]),
    flat("PilatusCdTe1M | Pilatus 1M CdTe", [172e-6; 2], [1043, 981]),
    flat("PilatusCdTe2M | Pilatus 2M CdTe", [172e-6; 2], [1679, 1475]),
    flat("PilatusCdTe300k | Pilatus 300k CdTe", [172e-6; 2], [619, 487]),
    flat("PilatusCdTe300kw | Pilatus 300kw CdTe", [172e-6; 2], [195, 1475]),
    flat("PilatusCdTe900kw | Pilatus 900kw CdTe", [172e-6; 2], [195, 4439]),
    binned("Pixium | Pixium 4700 | Pixium 4700 detector | Thales Electronics", [308e-6; 2], [1910, 2480], 2),
    flat("RaspberryPi12M | Picam HQ", [1.55e-6; 2], [3040, 4056]),
    flat("RaspberryPi5M | Picam v1", [1.4e-6; 2], [1944, 2592]),
    flat("RaspberryPi8M | Picam v2", [1.12e-6; 2], [2464, 3280]),
    binned("Rayonix133 | MAR 133", [64e-6; 2], [4096, 4096], 2),
    flat("RayonixLx170 | Rayonix LX170-HS | Rayonix LX170 HS", [44.2708e-6; 2], [1920, 3840]),
    flat("RayonixLx255 | Rayonix LX255-HS | Rayonix LX 255HS | RayonixLX225HS", [44.2708e-6; 2], [1920, 5760]),
    flat("RayonixMx170 | Rayonix MX170-HS | RayonixMX170HS", [44.2708e-6; 2], [3840, 3840]),
    binned("RayonixMx225 | MAR 225", [73.242e-6; 2], [6144, 6144], 2),
    binned("RayonixMx225hs", [78.125e-6; 2], [5760, 5760], 2),
    binned("RayonixMx300 | MAR 300", [73.242e-6; 2], [8192, 8192], 2),
    binned("RayonixMx300hs", [78.125e-6; 2], [7680, 7680], 2),
    binned("RayonixMx325", [79.346e-6; 2], [8192, 8192], 2),
    binned("RayonixMx340hs", [88.5417e-6; 2], [7680, 7680], 2),
    flat("RayonixMx425hs", [44.2708e-6; 2], [9600, 9600]),
    flat("RayonixSx165 | MAR 165", [39.5e-6; 2], [4096, 4096]),
    flat("RayonixSx200", [48e-6; 2], [4096, 4096]),
    flat("RayonixSx30hs", [15.625e-6; 2], [1920, 1920]),
    flat("RayonixSx85hs", [44.2708e-6; 2], [1920, 1920]),
    flat("Titan | Titan 2k x 2k | OXD Titan | Agilent Titan", [60e-6; 2], [2048, 2048]),
    family("Eiger", [75e-6; 2]),
    family("Eiger2", [75e-6; 2]),
    family("Eiger2CdTe", [75e-6; 2]),
    family("Pilatus", [172e-6; 2]),
    family("PilatusCdTe", [172e-6; 2]),
    family("Pilatus4", [150e-6; 2]),
    family("Pilatus4_CdTe", [150e-6; 2]),
    wide("ImXPadS10", [130e-6; 2], [120, 80], [120, 80], 2.5),
    wide("ImXPadS140", [130e-6; 2], [240, 560], [120, 80], 2.5),
    wide("ImXPadS70", [130e-6; 2], [120, 560], [120, 80], 2.5),
    wide("ImXPadS70V", [130e-6; 2], [560, 120], [80, 120], 2.5),
    wide("Jungfrau | Jungfrau 500k", [75e-6; 2], [512, 1024], [256, 256], 2.0),
    wide("Jungfrau8M", [75e-6; 2], [3333, 3212], [256, 256], 2.0),
    wide("Jungfrau_16M_cor", [75e-6; 2], [16448, 1030], [514, 1030], 2.0),
    refused("Aarhus", CURVED),
    refused("Cirpad | XCirpad", CURVED),
    refused("Pixirad1 | Pixirad-1", HEXAGONS),
    refused("Pixirad2 | Pixirad-2", HEXAGONS),
    refused("Pixirad4 | Pixirad-4", HEXAGONS),
    refused("Pixirad8 | Pixirad-8", HEXAGONS),
    refused("Rapid | RapidII", CURVED),
    refused("Xpad_flat | Xpad S540 flat | d5", GAPS),
    refused("CylindricalDetector", CURVED),
    refused("HexDetector", HEXAGONS),
    refused("NexusDetector", CORNERS),
];
