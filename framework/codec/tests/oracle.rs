//! The field's own filters as the judge: chunks written by h5py with hdf5plugin are decoded
//! here, chunks encoded here are read by h5py with hdf5plugin.
//!
//! Runs where `TRAINYARD_PYTHON` names an interpreter that has both.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{json, Value};
use trainyard_codec::{Codec, Filter, Pipeline, Scratch};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Writes `chunks.json`, and per case `N.chunk` and `N.pixels`.
const WRITE: &str = r#"
import io, itertools, json, sys, h5py, hdf5plugin, numpy as np
rng = np.random.default_rng(7)
kinds = {
    "none": {}, "shuffle": dict(shuffle=True),
    "deflate": dict(compression="gzip", compression_opts=1),
    "shuffle deflate": dict(shuffle=True, compression="gzip", compression_opts=6),
    "shuffle deflate fletcher32": dict(shuffle=True, compression="gzip", fletcher32=True),
    "fletcher32": dict(fletcher32=True),
    "bitshuffle": dict(hdf5plugin.Bitshuffle(cname="none")),
    "bitshuffle lz4": dict(hdf5plugin.Bitshuffle()),
    "bitshuffle lz4 64": dict(hdf5plugin.Bitshuffle(nelems=64)),
    "bitshuffle lz4 16384": dict(hdf5plugin.Bitshuffle(nelems=16384)),
    "bitshuffle lz4 fletcher32": dict(hdf5plugin.Bitshuffle(), fletcher32=True),
    "bitshuffle zstd": dict(hdf5plugin.Bitshuffle(cname="zstd", clevel=3)),
    "bitshuffle zstd 8": dict(hdf5plugin.Bitshuffle(nelems=8, cname="zstd", clevel=1)),
    "lz4": dict(hdf5plugin.LZ4()), "lz4 100": dict(hdf5plugin.LZ4(nbytes=100)),
    "shuffle lz4": dict(hdf5plugin.LZ4(), shuffle=True),
    "zstd": dict(hdf5plugin.Zstd()), "shuffle zstd": dict(hdf5plugin.Zstd(clevel=9), shuffle=True),
}
pair = np.dtype([("a", "u1"), ("b", "<u2")])
dtypes = ["u1", "<u2", ">u2", "<i4", "<f4", "<f8", "<u8", "<c16", pair]
shapes = [(1,), (7,), (8,), (1, 100), (3, 1000), (1, 512, 128), (5, 1031)]
cases = []
for (name, kind), dtype, shape in itertools.product(kinds.items(), dtypes, shapes):
    dtype, n = np.dtype(dtype), int(np.prod(shape))
    counts = rng.poisson(0.7, n)
    if dtype.names:
        x = np.zeros(n, dtype)
        x["a"], x["b"] = counts, counts * 300
    else:
        x = (counts * (1.25 if dtype.kind in "fc" else 1)).astype(dtype)
        if len(cases) % 3 == 0 and dtype.kind in "ui":
            x = np.frombuffer(rng.bytes(x.nbytes), dtype)
    x = x.reshape(shape)
    with h5py.File(io.BytesIO(), "w") as f:
        d = f.create_dataset("d", data=x, chunks=shape, **kind)
        plist = d.id.get_create_plist()
        filters = [plist.get_filter(i) for i in range(plist.get_nfilters())]
        mask, chunk = d.id.read_direct_chunk((0,) * len(shape))
    at = len(cases)
    open(f"{sys.argv[1]}/{at}.chunk", "wb").write(chunk)
    open(f"{sys.argv[1]}/{at}.pixels", "wb").write(x.tobytes())
    cases.append(dict(case=f"{name} {dtype} {shape}", element_size=dtype.itemsize, mask=mask,
                      filters=[dict(id=i, flags=fl, values=list(v), name=nm.decode())
                               for i, fl, v, nm in filters]))
json.dump(cases, open(f"{sys.argv[1]}/chunks.json", "w"))
"#;

/// Reads `chunks.json`, puts each chunk into a dataset with its filters, reads it back.
const READ: &str = r#"
import io, json, sys, h5py, hdf5plugin, numpy as np
cases = json.load(open(f"{sys.argv[1]}/chunks.json"))
for at, case in enumerate(cases):
    pixels = open(f"{sys.argv[1]}/{at}.pixels", "rb").read()
    dtype = np.dtype(case["dtype"])
    n = len(pixels) // dtype.itemsize
    file = io.BytesIO()
    with h5py.File(file, "w") as f:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((n,))
        for entry in case["filters"]:
            if entry["id"] == 1:
                plist.set_deflate(entry["values"][0])
            elif entry["id"] == 2:
                plist.set_shuffle()
            elif entry["id"] == 3:
                plist.set_fletcher32()
            else:
                # The plug-in puts version and element size before what is given here.
                skip = 3 if entry["id"] == 32008 else 0
                plist.set_filter(entry["id"], entry["flags"], tuple(entry["values"][skip:]))
        space = h5py.h5s.create_simple((n,))
        d = h5py.h5d.create(f.id, b"d", h5py.h5t.py_create(dtype), space, plist)
        stated = [d.get_create_plist().get_filter(i)[2] for i in range(len(case["filters"]))]
        for entry, values in zip(case["filters"], stated):
            assert entry["id"] != 32008 or list(values[2:]) == entry["values"][2:], (values, entry)
        d.write_direct_chunk((0,), open(f"{sys.argv[1]}/{at}.chunk", "rb").read(), case["mask"])
    # Opened again: HDF5 2.0 forgets the mask of a chunk it wrote directly until then.
    with h5py.File(file, "r") as f:
        assert f["d"][:].tobytes() == pixels, (case, n)
print(len(cases))
"#;

/// Runs a script with the folder as its argument; `None` where there is no interpreter.
fn python(script: &str, folder: &Path) -> Result<Option<String>> {
    let Some(interpreter) = std::env::var_os("TRAINYARD_PYTHON") else {
        println!("skipped: TRAINYARD_PYTHON is not set");
        return Ok(None);
    };
    let output = Command::new(interpreter).arg("-c").arg(script).arg(folder).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(Some(String::from_utf8(output.stdout)?))
}

#[test]
fn chunks_of_hdf5plugin_are_decoded() -> Result<()> {
    let folder = tempfile::tempdir()?;
    if python(WRITE, folder.path())?.is_none() {
        return Ok(());
    }
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(folder.path().join("chunks.json"))?)?;
    let mut scratch = Scratch::default();
    for (at, case) in cases.iter().enumerate() {
        let filters: Vec<Filter> = serde_json::from_value(case["filters"].clone())?;
        let chunk = fs::read(folder.path().join(format!("{at}.chunk")))?;
        let pixels = fs::read(folder.path().join(format!("{at}.pixels")))?;
        let element_size = case["element_size"].as_u64().ok_or("element_size")? as usize;
        let mask = case["mask"].as_u64().ok_or("mask")? as u32;
        let mut out = vec![0; pixels.len()];
        let decoded = Pipeline::new(&filters, element_size, pixels.len())
            .and_then(|pipeline| pipeline.decode(&chunk, mask, &mut out, &mut scratch));
        assert_eq!(decoded, Ok(()), "{}", case["case"]);
        assert!(out == pixels, "{}", case["case"]);
    }
    assert_eq!(cases.len(), 18 * 9 * 7);
    Ok(())
}

#[test]
fn our_chunks_are_read_by_hdf5plugin() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut cases = Vec::new();
    let mut scratch = Scratch::default();
    let mut stored = Vec::new();
    for (dtype, element_size) in [("u1", 1), ("<u2", 2), ("<f4", 4), ("<i8", 8), ("<c16", 16)] {
        let mut pipelines: Vec<Vec<Filter>> = Codec::ALL.iter().map(|codec| codec.filters(element_size)).collect();
        let filter = |id, values: &[u32]| Filter { id, flags: 1, values: values.to_vec(), name: String::new() };
        let size = element_size as u32;
        pipelines.push(vec![filter(32008, &[0, 4, size, 64, 2])]);
        pipelines.push(vec![filter(32008, &[0, 4, size, 0])]);
        pipelines.push(vec![filter(32008, &[0, 4, size, 8, 3, 1])]);
        pipelines.push(vec![filter(32004, &[1000])]);
        pipelines.push(vec![filter(2, &[size]), filter(1, &[4]), filter(3, &[])]);
        for (filters, count) in
            pipelines.iter().flat_map(|filters| [1, 7, 8, 777, 10_007, 65_536].map(|n| (filters, n)))
        {
            // Every third case is noise, which no filter shrinks.
            let shift = if cases.len() % 3 == 0 { 24 } else { 30 };
            let pixels: Vec<u8> = (0..count * element_size)
                .map(|i| ((i as u32 ^ 77).wrapping_mul(2_654_435_761) >> shift) as u8)
                .collect();
            let pipeline = Pipeline::new(filters, element_size, pixels.len())?;
            let mask = pipeline.encode(&pixels, &mut stored, &mut scratch)?;
            let at = cases.len();
            fs::write(folder.path().join(format!("{at}.chunk")), &stored)?;
            fs::write(folder.path().join(format!("{at}.pixels")), &pixels)?;
            cases.push(json!({"dtype": dtype, "mask": mask, "filters": filters}));
        }
    }
    fs::write(folder.path().join("chunks.json"), serde_json::to_vec(&cases)?)?;
    if let Some(read) = python(READ, folder.path())? {
        assert_eq!(read.trim(), cases.len().to_string());
    }
    Ok(())
}
