"""A file argv[1] with every kind of dataset, one with a user block argv[2], one with many chunks argv[3], one with a
filter that libhdf5 does not bring along argv[4]. Chunk bytes are found by value."""

import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1], "w") as f:
    for code in ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8"]:
        f[f"numbers/{code}"] = np.array([[0, 1], [2, 3], [100, 101]], dtype=code)
        f[f"big/{code}"] = np.array([0, 1, 100], dtype=">" + code)
    f["bool"] = np.array([True, False, True])
    f["scalar"] = np.float64(2.5)
    f["strings/fixed"] = np.array([b"one", b"", b"three"], dtype="S5")
    f["strings/ascii"] = np.array([b"one", b"", b"three"], dtype=h5py.string_dtype("ascii"))
    f["strings/utf8"] = np.array(["µJ", "", "x"], dtype=h5py.string_dtype("utf-8"))
    f["compound"] = np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])
    f["ragged"] = np.array([np.array([1, 2]), np.array([3])], dtype=h5py.vlen_dtype("i4"))
    f["null"] = h5py.Empty("f4")
    f.create_dataset("unwritten", (10, 4), "u2", chunks=(2, 4), fillvalue=7)
    f["unwritten"][4:6] = 5
    f.create_dataset("split", (10, 4), "u2", chunks=(2, 2))
    f.create_dataset("empty", (0, 4), "u2", chunks=(2, 4), maxshape=(None, 4))
    f.create_dataset("masked", data=np.arange(40, dtype="u2").reshape(10, 4), chunks=(4, 4), compression="gzip",
                     shuffle=True)
    dcpl = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    dcpl.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((4,))
    h5py.h5d.create(f.id, b"compact", h5py.h5t.STD_U16LE, space, dcpl)
    layout = h5py.VirtualLayout((3, 2), "u2")
    layout[:] = h5py.VirtualSource(".", "numbers/u2", shape=(3, 2))
    f.create_virtual_dataset("virtual", layout)
    # rows 0 to 2 from here, row 3 from a file that is gone, row 4 from a dataset that is
    layout = h5py.VirtualLayout((5, 2), "u2")
    layout[:3] = h5py.VirtualSource(".", "numbers/u2", shape=(3, 2))
    layout[3:4] = h5py.VirtualSource("gone.h5", "a", shape=(1, 2))
    layout[4:] = h5py.VirtualSource(".", "numbers/gone", shape=(1, 2))
    f.create_virtual_dataset("virtual-gone", layout)
    f["links/soft"] = h5py.SoftLink("/numbers")
    f["links/external"] = h5py.ExternalLink("other.h5", "/a")
    f["links/hard"] = f["bool"]
    f["scalar"].attrs["text"] = "µJ"
    f["scalar"].attrs["fixed"] = np.bytes_("uJ")
    f["scalar"].attrs["numbers"] = np.array([[1, -2]], dtype="i2")
    f["scalar"].attrs["real"] = 0.25
    f["scalar"].attrs["texts"] = ["left", "out"]

with h5py.File(sys.argv[2], "w", userblock_size=1024) as f:
    f.create_dataset("chunked", data=np.full((3, 8), 0xABCD, "u2"), chunks=(1, 8))
    f.create_dataset("contiguous", data=np.full((3, 8), 0x1234, "u2"))

with h5py.File(sys.argv[3], "w") as f:
    for index in range(3):
        f.create_dataset(f"d{index}", data=np.zeros((100_000, 2), "u1"), chunks=(1, 2))

import hdf5plugin

with h5py.File(sys.argv[4], "w") as f:
    f.create_dataset("d", data=np.arange(2048, dtype="u2").reshape(4, 512), chunks=(2, 512), **hdf5plugin.Blosc())
print(hdf5plugin.PLUGIN_PATH)
