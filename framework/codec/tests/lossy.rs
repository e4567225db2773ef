//! Lossy chunks in files of HDF5, read by h5py with hdf5plugin: every pixel within its bound,
//! chunks stored without loss exact, the error stated the error found.
//!
//! Runs where `TRAINYARD_PYTHON` names an interpreter with h5py and hdf5plugin; real frames come
//! in where `TRAINYARD_REAL_DATA` names their folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{json, Value};
use trainyard_codec::lossy::{Achieved, Element, Lossy, Mode, NonFinite, ProvedEncoder};
use trainyard_codec::{Pipeline, Plugins, Scratch};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Writes the datasets of `cases.json` to `lossy.h5`, yet without the plug-in, which would put
/// client data values of its own in place of those given. Then reads the file with it and checks
/// every pixel; prints the largest error and the sum of squares of each dataset, as bits of f64.
const WRITE_AND_READ: &str = r#"
import json, sys, h5py
folder = sys.argv[1]
with h5py.File(f"{folder}/lossy.h5", "w") as f:
    for case in json.load(open(f"{folder}/cases.json")):
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        chunk = tuple(case["chunk"])
        plist.set_chunk(chunk)
        for entry in case["filters"]:
            if entry["id"] == 1:
                plist.set_deflate(entry["values"][0])
            else:
                plist.set_filter(entry["id"], entry["flags"], tuple(entry["values"]))
        space = h5py.h5s.create_simple((chunk[0] * len(case["masks"]),) + chunk[1:])
        kind = h5py.h5t.py_create(__import__("numpy").dtype(case["dtype"]))
        d = h5py.h5d.create(f.id, case["name"].encode(), kind, space, plist)
        stated = [d.get_create_plist().get_filter(i) for i in range(2)]
        assert [list(s[2]) for s in stated] == [e["values"] for e in case["filters"]], stated
        stored, at = open(f"{folder}/{case['name']}.stored", "rb").read(), 0
        for index, (mask, length) in enumerate(zip(case["masks"], case["lengths"])):
            d.write_direct_chunk((index * chunk[0],) + (0,) * (len(chunk) - 1), stored[at:at + length], mask)
            at += length
import hdf5plugin, numpy as np
found = []
with h5py.File(f"{folder}/lossy.h5") as f:
    for case in json.load(open(f"{folder}/cases.json")):
        dtype, chunk = np.dtype(case["dtype"]), tuple(case["chunk"])
        count = len(case["masks"])
        pixels = np.fromfile(f"{folder}/{case['name']}.pixels", dtype).reshape((count,) + chunk)
        read = f[case["name"]][...].reshape(pixels.shape)
        worst, squares = 0.0, 0.0
        for index, (a, b) in enumerate(zip(pixels, read)):
            at = (case["name"], index)
            if case["replace"] is not None and dtype.kind == "f":
                a = np.where(np.isfinite(a), a, dtype.type(case["replace"]))
            if case["masks"][index] & 1:
                assert a.tobytes() == b.tobytes(), at
                continue
            if dtype.kind == "f":
                error = np.abs(a.astype("f8") - b.astype("f8"))
            else:
                error = np.where(a > b, a.astype("u8") - b.astype("u8"), b.astype("u8") - a.astype("u8")).astype("f8")
            extent = float(a.max()) - float(a.min())
            if case["mode"] == "psnr":
                assert 10 * np.log10(extent ** 2 / np.mean(error ** 2)) >= case["bound"] - 1e-9, at
            else:
                bound = case["bound"] * (extent if case["mode"] == "relative" else 1)
                assert (error <= bound).all(), (at, error.max(), bound)
            worst, squares = max(worst, error.max()), squares + (error ** 2).sum()
        found.append([int(np.float64(n).view('u8')) for n in (worst, squares)])
json.dump(found, sys.stdout)
"#;

fn interpreter() -> Option<std::ffi::OsString> {
    let interpreter = std::env::var_os("TRAINYARD_PYTHON");
    if interpreter.is_none() {
        println!("skipped: TRAINYARD_PYTHON is not set");
    }
    interpreter
}

fn python(script: &str, folder: &Path) -> Result<String> {
    let interpreter = interpreter().ok_or("TRAINYARD_PYTHON")?;
    let output = Command::new(interpreter).env_remove("HDF5_PLUGIN_PATH").arg("-c").arg(script).arg(folder).output()?;
    if !output.status.success() {
        return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The plug-ins of the interpreter's hdf5plugin; `None` where there is no interpreter.
fn plugins() -> Result<Option<Plugins>> {
    if interpreter().is_none() {
        return Ok(None);
    }
    let folder = python("import hdf5plugin; print(hdf5plugin.PLUGIN_PATH, end='')", Path::new(""))?;
    Ok(Some(Plugins::in_folders(vec![PathBuf::from(folder)])))
}

/// Noise that is the same everywhere.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About normal, of variance 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

/// A chunk of `count` pixels: detector-like, or one of the awkward kinds, by its number.
fn values(kind: usize, count: usize, noise: &mut Noise) -> Vec<f64> {
    let pixel = |at: usize, noise: &mut Noise| match kind % 10 {
        0 => 0.0,
        1 => 77.25,
        2 => -200.0 + 50.0 * noise.normal(),
        3 => 1e7 * noise.normal(),
        4 => (at % 128) as f64 * 3.5,
        5 if at.is_multiple_of(997) => 1e12,
        6 if at.is_multiple_of(499) => -1e12,
        7 if at == count / 2 => f64::NAN,
        8 if at.is_multiple_of(3001) => f64::INFINITY,
        9 => (noise.next() * 65_536.0).floor(),
        _ => 100.0 + 20.0 * noise.normal() + if at.is_multiple_of(311) { 900.0 } else { 0.0 },
    };
    (0..count).map(|at| pixel(at, noise)).collect()
}

/// Saturates in integers, as a detector does; NaN becomes 0 there.
fn bytes(element: Element, values: &[f64]) -> Vec<u8> {
    macro_rules! cast {
        ($t:ty) => {
            values.iter().flat_map(|&v| (v as $t).to_le_bytes()).collect()
        };
    }
    match element {
        Element::F32 => cast!(f32),
        Element::F64 => cast!(f64),
        Element::U8 => cast!(u8),
        Element::I8 => cast!(i8),
        Element::U16 => cast!(u16),
        Element::I16 => cast!(i16),
        Element::U32 => cast!(u32),
        Element::I32 => cast!(i32),
        Element::U64 => cast!(u64),
        Element::I64 => cast!(i64),
    }
}

fn numpy(element: Element) -> &'static str {
    ["<f4", "<f8", "u1", "i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8"][element as usize]
}

/// Datasets for one file.
struct Cases<'a> {
    folder: &'a Path,
    plugins: Plugins,
    cases: Vec<Value>,
    achieved: Vec<Achieved>,
    scratch: Scratch,
}

impl<'a> Cases<'a> {
    fn new(folder: &'a Path, plugins: Plugins) -> Self {
        Self { folder, plugins, cases: vec![], achieved: vec![], scratch: Scratch::default() }
    }

    /// Encodes `chunks` as one dataset and reads them back through a pipeline.
    fn add(&mut self, element: Element, chunk: &[u64], lossy: Lossy, chunks: &[Vec<u8>]) -> Result<Achieved> {
        let name = self.cases.len().to_string();
        let encoder = ProvedEncoder::new(element, chunk, lossy, &self.plugins)?;
        let pipeline = Pipeline::with_plugins(encoder.filters(), element.size(), encoder.chunk_bytes(), &self.plugins)?;
        let (mut all, mut stored, mut masks, mut lengths) = (vec![], vec![], vec![], vec![]);
        let mut sum = Achieved::default();
        let mut out = vec![0; encoder.chunk_bytes()];
        for raw in chunks {
            let (mask, achieved) = encoder.encode(raw, &mut stored, &mut self.scratch)?;
            assert_eq!(achieved.lossless_chunks, u64::from(mask & 1));
            assert!(mask == 2 || mask == 1 || mask == 3 && stored.len() == raw.len(), "{mask}");
            pipeline.decode(&stored, mask, &mut out, &mut self.scratch)?;
            if mask & 1 == 1 && lossy.non_finite == NonFinite::Lossless {
                assert!(out == *raw);
            }
            sum.merge(&achieved);
            masks.push(mask);
            lengths.push(stored.len());
            all.extend_from_slice(&stored);
        }
        fs::write(self.folder.join(format!("{name}.stored")), all)?;
        fs::write(self.folder.join(format!("{name}.pixels")), chunks.concat())?;
        let (mode, bound) = match lossy.mode {
            Mode::Absolute(bound) => ("absolute", bound),
            Mode::Relative(bound) => ("relative", bound),
            Mode::Psnr(bound) => ("psnr", bound),
        };
        let replace = match lossy.non_finite {
            NonFinite::Lossless => None,
            NonFinite::ReplaceWith(value) => Some(value),
        };
        self.cases.push(json!({
            "name": name, "dtype": numpy(element), "chunk": chunk, "filters": encoder.filters(), "masks": masks,
            "lengths": lengths, "mode": mode, "bound": bound, "replace": replace,
        }));
        self.achieved.push(sum);
        Ok(sum)
    }

    /// What h5py finds is what was stated.
    fn check(self) -> Result<()> {
        fs::write(self.folder.join("cases.json"), serde_json::to_vec(&self.cases)?)?;
        let found: Vec<(u64, u64)> = serde_json::from_str(&python(WRITE_AND_READ, self.folder)?)?;
        assert_eq!(found.len(), self.achieved.len());
        for ((bits, achieved), case) in found.into_iter().zip(&self.achieved).zip(&self.cases) {
            let (worst, squares) = (f64::from_bits(bits.0), f64::from_bits(bits.1));
            assert_eq!(worst, achieved.max_error, "{case}");
            let near = (squares - achieved.sum_squared_error).abs() <= 1e-9 * squares;
            assert!(near, "{squares} {} {case}", achieved.sum_squared_error);
        }
        Ok(())
    }
}

#[test]
fn every_pixel_is_within_its_bound() -> Result<()> {
    let Some(plugins) = plugins()? else { return Ok(()) };
    let mut noise = Noise(42);
    for element in Element::ALL {
        let folder = tempfile::tempdir()?;
        let mut cases = Cases::new(folder.path(), plugins.clone());
        let chunk = [1, 512, 128];
        let mut pixels = 0;
        for bound in [0.5, 1.0, 4.0] {
            let chunks: Vec<Vec<u8>> =
                (0..52).map(|kind| bytes(element, &values(kind, 512 * 128, &mut noise))).collect();
            let lossy = Lossy::new(Mode::Absolute(bound))?;
            let achieved = cases.add(element, &chunk, lossy, &chunks)?;
            assert!(achieved.max_error <= bound && achieved.count == 52 * 512 * 128);
            // Most chunks are lossy; those with NaN are not, nor what SZ3 cannot be trusted with.
            let expected = match element {
                Element::U32 | Element::U64 => 52..=52,
                Element::F32 | Element::F64 => 10..=30,
                Element::I32 | Element::I64 => 0..=40,
                _ => 0..=30,
            };
            assert!(expected.contains(&achieved.lossless_chunks), "{element:?} {achieved:?}");
            pixels += achieved.count;
        }
        assert!(pixels > 10_000_000);
        cases.check()?;
    }
    Ok(())
}

#[test]
fn relative_bounds_and_psnr_hold_for_every_chunk() -> Result<()> {
    let Some(plugins) = plugins()? else { return Ok(()) };
    let mut noise = Noise(7);
    let folder = tempfile::tempdir()?;
    let mut cases = Cases::new(folder.path(), plugins);
    for element in [Element::F32, Element::F64, Element::U16, Element::I32] {
        for mode in [Mode::Relative(1e-2), Mode::Relative(1e-4), Mode::Psnr(40.0), Mode::Psnr(65.5)] {
            for non_finite in [NonFinite::Lossless, NonFinite::ReplaceWith(-1.0)] {
                let chunks: Vec<Vec<u8>> =
                    (0..10).map(|kind| bytes(element, &values(kind, 256 * 128, &mut noise))).collect();
                let achieved = cases.add(element, &[1, 256, 128], Lossy { mode, non_finite }, &chunks)?;
                // Constant chunks are, and integers of a small or a very wide range.
                assert!(achieved.lossless_chunks < 10, "{element:?} {mode:?} {achieved:?}");
                let replaced = non_finite != NonFinite::Lossless && element.is_float();
                assert_eq!(achieved.replaced > 0, replaced);
            }
        }
    }
    cases.check()
}

#[test]
fn chunks_of_any_rank() -> Result<()> {
    let Some(plugins) = plugins()? else { return Ok(()) };
    let mut noise = Noise(11);
    let folder = tempfile::tempdir()?;
    let mut cases = Cases::new(folder.path(), plugins);
    for shape in [
        &[1u64][..],
        &[19],
        &[20],
        &[8191],
        &[8192],
        &[1, 9000],
        &[9000, 1],
        &[3, 7],
        &[64, 48],
        &[2, 5000],
        &[16, 64, 48],
        &[1, 4, 64, 48],
        &[9, 10, 11, 12],
        &[2, 30, 1, 5, 7, 9],
        &[5, 5, 5, 5, 5, 5],
    ] {
        let count = shape.iter().product::<u64>() as usize;
        for element in [Element::F32, Element::U16, Element::I8] {
            let chunks: Vec<Vec<u8>> = (0..10).map(|kind| bytes(element, &values(kind, count, &mut noise))).collect();
            let achieved = cases.add(element, shape, Lossy::new(Mode::Absolute(2.0))?, &chunks)?;
            assert!(count >= 8192 || achieved.is_lossless());
            assert!(count < 8192 || achieved.lossless_chunks <= 6, "{shape:?} {element:?} {achieved:?}");
        }
    }
    cases.check()
}

#[test]
fn real_frames() -> Result<()> {
    let Some(plugins) = plugins()? else { return Ok(()) };
    let Some(data) = std::env::var_os("TRAINYARD_REAL_DATA").map(PathBuf::from) else {
        println!("skipped: TRAINYARD_REAL_DATA is not set");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let mut cases = Cases::new(folder.path(), plugins);
    let mut raw = Vec::new();
    for frame in 0..12 {
        raw.push(fs::read(data.join(format!("jungfrau-raw/mod5_raw{frame}.bin")))?);
    }
    // The mean image of a powder: 16 modules, the only array in the archive.
    let unpack = "import sys, numpy as np, os\n\
                  z = np.load(os.path.join(os.environ['TRAINYARD_REAL_DATA'], 'agipd-powder/data_agipd.npz'))\n\
                  z[z.files[0]].astype('<f4').tofile(sys.argv[1] + '/powder')";
    python(unpack, folder.path())?;
    let powder: Vec<Vec<u8>> =
        fs::read(folder.path().join("powder"))?.chunks_exact(512 * 128 * 4).map(<[u8]>::to_vec).collect();
    assert_eq!((powder.len(), raw[0].len()), (16, 512 * 1024 * 2));
    for bound in [0.5, 1.0, 4.0] {
        let lossy = Lossy::new(Mode::Absolute(bound))?;
        let found = cases.add(Element::F32, &[1, 512, 128], lossy, &powder)?;
        println!("powder, bound {bound}: {found:?}");
        let found = cases.add(Element::U16, &[1, 512, 1024], lossy, &raw)?;
        println!("raw, bound {bound}: {found:?}");
        assert!(found.max_error <= bound);
    }
    cases.check()
}

#[test]
fn sz3_is_read_only_where_it_is_trusted() -> Result<()> {
    let Some(plugins) = plugins()? else { return Ok(()) };
    let encoder = ProvedEncoder::new(Element::F32, &[128, 96], Lossy::new(Mode::Absolute(1.0))?, &plugins)?;
    let bytes = encoder.chunk_bytes();
    let refused = Pipeline::new(encoder.filters(), 4, bytes).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(refused.starts_with("unknown HDF5 filter 32024 (`sz3`)"), "{refused}");
    let nowhere = Plugins::in_folders(vec!["/nowhere".into()]);
    assert!(ProvedEncoder::new(Element::U8, &[128, 96], Lossy::new(Mode::Absolute(1.0))?, &nowhere).is_err());

    // The settings at the end of a stream are looked at before the plug-in sees it.
    let mut noise = Noise(3);
    let raw = self::bytes(Element::F32, &values(10, 128 * 96, &mut noise));
    let (mut stored, mut scratch) = (Vec::new(), Scratch::default());
    let (mask, _) = encoder.encode(&raw, &mut stored, &mut scratch)?;
    assert_eq!(mask, 2);
    let pipeline = Pipeline::with_plugins(encoder.filters(), 4, bytes, &plugins)?;
    let mut out = vec![0; bytes];
    for len in [0, 3, 40, stored.len() - 1] {
        assert!(pipeline.decode(&stored[..len], 2, &mut out, &mut scratch).is_err(), "{len}");
    }
    let other = ProvedEncoder::new(Element::F32, &[96, 128], Lossy::new(Mode::Absolute(1.0))?, &plugins)?;
    let other = Pipeline::with_plugins(other.filters(), 4, bytes, &plugins)?;
    assert!(other.decode(&stored, 2, &mut out, &mut scratch).is_err());
    Ok(())
}

/// Filters this crate does not know, both ways, against h5py with hdf5plugin.
#[test]
fn any_plugin_becomes_a_filter() -> Result<()> {
    const SCRIPT: &str = r#"
import io, json, sys, h5py, hdf5plugin, numpy as np
folder = sys.argv[1]
x = (np.random.default_rng(1).poisson(3, (64, 100)) * 10).astype("<f4")
x.tofile(f"{folder}/pixels")
cases = []
for kind in [hdf5plugin.Blosc(), hdf5plugin.Blosc2(), hdf5plugin.BZip2(), hdf5plugin.Zfp(reversible=True)]:
    with h5py.File(io.BytesIO(), "w") as f:
        d = f.create_dataset("d", data=x, chunks=x.shape, compression=kind)
        i, fl, v, nm = d.id.get_create_plist().get_filter(0)
        mask, chunk = d.id.read_direct_chunk((0, 0))
    open(f"{folder}/{len(cases)}", "wb").write(chunk)
    cases.append(dict(id=i, flags=fl, values=list(v), name=nm.decode()))
json.dump(cases, sys.stdout)
"#;
    let Some(plugins) = plugins()? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let filters: Vec<trainyard_codec::Filter> = serde_json::from_str(&python(SCRIPT, folder.path())?)?;
    let pixels = fs::read(folder.path().join("pixels"))?;
    let (mut out, mut stored, mut scratch) = (vec![0; pixels.len()], Vec::new(), Scratch::default());
    for (at, filter) in filters.iter().enumerate() {
        let entry = std::slice::from_ref(filter);
        assert!(Pipeline::new(entry, 4, pixels.len()).is_err());
        let pipeline = Pipeline::with_plugins(entry, 4, pixels.len(), &plugins)?;
        let chunk = fs::read(folder.path().join(at.to_string()))?;
        pipeline.decode(&chunk, 0, &mut out, &mut scratch)?;
        assert!(out == pixels, "{filter:?}");
        out.fill(0);
        let mask = pipeline.encode(&pixels, &mut stored, &mut scratch)?;
        assert!(mask == 0 && stored.len() < pixels.len(), "{filter:?}");
        pipeline.decode(&stored, mask, &mut out, &mut scratch)?;
        assert!(out == pixels, "{filter:?}");
    }
    assert_eq!(filters.len(), 4);
    Ok(())
}
