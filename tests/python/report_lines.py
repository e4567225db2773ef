"""usage: report_lines.py OUTPUT: does a report say what the files hold?

Runs the lines of Python that the report gives for each number, in the folder that it stands in, and computes some of its plots
anew. Prints JSON.
"""
import json
import os
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import extra_data
import numpy as np

os.chdir(sys.argv[1])
report = json.load(open("report.json"))
page = open("report.html", encoding="utf-8").read()
ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\n"))


class Texts(HTMLParser):
    """The lines of Python that the page shows."""

    def __init__(self):
        super().__init__()
        self.lines, self.inside = [], False

    def handle_starttag(self, tag, attributes):
        self.inside |= tag == "pre"

    def handle_endtag(self, tag):
        self.inside &= tag != "pre"

    def handle_data(self, data):
        if self.inside and data.startswith("run = "):
            self.lines.append(data)


texts = Texts()
texts.feed(page)
shapes = []
for text in sorted(set(texts.lines)):
    opening, reading = text.split("\n")
    names = {"extra_data": extra_data}
    exec(opening, names)
    shapes.append(np.shape(eval(reading, names)))
    names["run"].close() if hasattr(names["run"], "close") else None

run = extra_data.RunDirectory(".")
plots = {plot["id"]: plot for plot in report["plots"]}
prefix = plots["fates-over-trains"]["from"][0]["source"].removesuffix("/FATE:output")
fates = run[f"{prefix}/FATE:output", "data.fate"].ndarray()
told = {"lines": len(texts.lines), "shapes": [list(shape) for shape in shapes], "kept": int((fates == 0).sum())}
series = plots["fates-over-trains"]["series"]
told["fates"] = {one["name"]: sum(one["counts"]) for one in series}
curve = plots.get("scattering-curve")
if curve:
    origin = curve["from"][0]
    data = run[origin["source"], origin["key"]].ndarray().astype(float)
    mean = np.array([np.nan if v is None else v for v in curve["series"][0]["mean"]])
    with np.errstate(all="ignore"):
        told["curve"] = float(np.nanmax(np.abs(mean / np.nanmean(np.where(np.isfinite(data), data, np.nan), axis=0) - 1)))
histograms = [plot for plot in report["plots"] if plot["id"].endswith("-histogram")]
told["histograms"] = {}
for plot in histograms:
    origin = plot["from"][0]
    values = run[origin["source"], origin["key"]].ndarray()
    edges = np.array(plot["edges"])
    right = all(
        np.array_equal(
            np.histogram(values[chosen & np.isfinite(values)], np.append(edges[:-1], np.nextafter(edges[-1], np.inf)))[0],
            one["counts"],
        )
        for one in plot["series"]
        for chosen in [(fates == 0) == (one["name"] == "kept")]
    )
    told["histograms"][plot["id"]] = bool(right)
print(json.dumps(told))
