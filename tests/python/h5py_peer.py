"""What h5py reads from files that may be damaged.

Commands on standard input, one a line, each answered before the next is sent:

open PATH          a child is forked, which opens the file and answers the commands up to `close`
rows DATASET       all values, numbers in little-endian, other types as stored
strings DATASET    all strings as a JSON list, padding removed
integers DATASET   all values as a JSON list
close

DATASET is a JSON string. An answer is a line `ok TYPE_AND_SHAPE LENGTH` and LENGTH bytes, or `missing`, or `refused WHY`. A child that a damaged file crashes,
or sends round in circles for longer than LIMIT, leaves `died HOW`; the next command is then `open` again.
"""
import json
import os
import resource
import signal
import sys

import h5py
import hdf5plugin
import numpy as np

LIMIT = int(sys.argv[1])  # seconds for one dataset
MEMORY = 4 << 30
LARGEST = 1 << 30
T = h5py.h5t
NUMBERS = [(f"{letter}{size}", getattr(T, f"{kind}{8 * size}LE"), getattr(T, f"{kind}{8 * size}BE"))
           for letter, kind, sizes in (("u", "STD_U", (1, 2, 4, 8)), ("i", "STD_I", (1, 2, 4, 8)), ("f", "IEEE_F", (4, 8)))
           for size in sizes]


def receive():
    return os.read(0, 1 << 16).decode().rstrip("\n").partition(" ")


def send(head, body=b""):
    left = memoryview(head.replace("\n", " ").encode() + b"\n" + body)
    while left:
        left = left[os.write(1, left):]


def shape_of(dataset):
    return list(dataset.shape) or [1] if dataset.shape is not None else [0]


def bounded(dataset, size):
    count = 1
    for length in shape_of(dataset):
        count *= length
    if count * size > LARGEST:
        raise ValueError(f"{count} values of {size} bytes")
    return count * size


def rows(dataset):
    stored = dataset.id.get_type()
    code, memory = next(((code, little) for code, little, big in NUMBERS if stored.equal(little) or stored.equal(big)), (None, stored))
    if code is None:
        code = "bool" if stored.get_class() == T.ENUM and dataset.dtype == bool else f"raw{stored.get_size()}"
        if any(stored.detect_class(kind) for kind in (T.VLEN, T.REFERENCE)):
            raise ValueError("values of no fixed size")
    values = np.zeros(bounded(dataset, memory.get_size()), "u1")
    if values.size:
        dataset.id.read(h5py.h5s.ALL, h5py.h5s.ALL, values, memory)
    return f"{code}{shape_of(dataset)}".replace(" ", ""), values.tobytes()


def strings(dataset):
    stored = dataset.id.get_type()
    if stored.get_class() != T.STRING:
        raise ValueError("no strings")
    if stored.is_variable_str():
        bounded(dataset, 16)
        values = [v if isinstance(v, bytes) else v.encode() for v in np.ravel(dataset[()]).tolist()] if dataset.shape is not None else []
    else:
        size = stored.get_size()
        flat = np.zeros(bounded(dataset, size), "u1")
        if flat.size:
            dataset.id.read(h5py.h5s.ALL, h5py.h5s.ALL, flat, stored)
        values = [bytes(v) for v in flat.reshape(-1, size)]
        padding = stored.get_strpad()
        if padding == T.STR_NULLTERM:
            values = [v.split(b"\0", 1)[0] for v in values]
        else:
            values = [v.rstrip(b" " if padding == T.STR_SPACEPAD else b"\0") for v in values]
    return "strings", json.dumps([v.decode("utf-8", "replace") for v in values]).encode()


def integers(dataset):
    if dataset.dtype.kind not in "iu":
        raise ValueError("no integers")
    bounded(dataset, 8)
    values = dataset[()] if dataset.shape is not None else np.zeros(0, int)
    return f"integers{shape_of(dataset)}".replace(" ", ""), json.dumps(np.ravel(values).tolist()).encode()


def serve(path):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    signal.alarm(LIMIT)
    try:
        file, failure = h5py.File(path, "r", locking=False), None
    except Exception as error:
        file, failure = None, error
    signal.alarm(0)
    send("opened")
    while True:
        verb, _, name = receive()
        if verb in ("close", ""):
            send("closed")
            os._exit(0)
        signal.alarm(LIMIT)
        try:
            if failure:
                raise failure
            try:
                dataset = file[json.loads(name)]
            except KeyError as error:
                head, body = ("missing" if "doesn't exist" in str(error) else f"refused {error}"), b""
            else:
                what, body = {"rows": rows, "strings": strings, "integers": integers}[verb](dataset)
                head = f"ok {what} {len(body)}"
        except Exception as error:
            head, body = f"refused {type(error).__name__}: {error}", b""
        signal.alarm(0)
        send(head, body)


send("ready")
while True:
    verb, _, path = receive()
    if verb != "open":
        break
    child = os.fork()
    if child == 0:
        try:
            serve(path)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if status:
        how = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        send(f"died {signal.Signals(how).name if how else os.WEXITSTATUS(status)}")
