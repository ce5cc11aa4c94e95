#!/usr/bin/env python3
"""Reads exports with parsers that are not ours, and compares the times read with those that had to be written.

usage: read_exports.py FOLDER               report as JSON: [{"file", "format", "ok", "error", "found"}]
       read_exports.py --self-test FOLDER   the same with every expected time shifted: all files that hold a time fail

FOLDER/manifest.json is a list of {"file", "format", "expected", "further"}: "expected" names the file of the facts,
"further" the files of an edit decision list's further tracks.
The facts of a timeline are in milliseconds; those of an edit list are decimal notations of exact milliseconds, from
which the frames are computed here, in fractions.
"""
import copy
import json
import pathlib
import sys
import warnings

import edit_lists
import rows
import timelines

# OpenTimelineIO holds both.
READERS = {"edit_list": edit_lists.READERS, "timeline": timelines.READERS}
# More than a frame of any rate, less than any shot.
SHIFT_MS = 100


def shifted(facts):
    """The same facts later."""
    facts = copy.deepcopy(facts)
    for shot in facts.get("shots", []):
        shot["target_start_ms"] = str(float(shot["target_start_ms"]) + SHIFT_MS)
    for item in facts.get("events", []) + facts.get("beats", []):
        for word in item.get("words") or []:
            word["start_ms"] += SHIFT_MS
            word["end_ms"] += SHIFT_MS
        for key in ("start_ms", "end_ms", "time_ms"):
            if key in item:
                item[key] += SHIFT_MS
    return facts


def check(folder, entry, facts):
    kind, path = entry["format"], folder / entry["file"]
    report = {"file": path.name, "format": kind, "ok": False, "found": 0}
    try:
        if kind in timelines.BINARY:
            content = path
        elif kind == "edl":
            content = [(folder / name).read_bytes().decode() for name in (entry["file"], *entry["further"])]
        else:
            content = path.read_bytes().decode()
        report["found"] = READERS["edit_list" if "shots" in facts else "timeline"][kind](content, facts)
        report["ok"] = True
    except rows.Difference as difference:
        report["error"] = str(difference)
    except Exception as error:  # a parser that does not take the file
        report["error"] = f"{type(error).__name__}: {error}"
    return report


def main(arguments):
    self_test = "--self-test" in arguments
    folders = [argument for argument in arguments if not argument.startswith("-")]
    if len(folders) != 1 or set(arguments) - set(folders) - {"--self-test"}:
        sys.exit(__doc__)
    folder = pathlib.Path(folders[0])
    warnings.simplefilter("ignore")
    name, facts, reports = None, {}, []
    for entry in json.loads((folder / "manifest.json").read_text("utf-8")):
        if entry["expected"] != name:
            name = entry["expected"]
            facts = json.loads((folder / name).read_text("utf-8"))
            if self_test:
                facts = shifted(facts)
        reports.append(check(folder, entry, facts))
    json.dump(reports, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
