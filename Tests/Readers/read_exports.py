#!/usr/bin/env python3
"""Reads exports with parsers that are not ours, and compares the times read with those that had to be written.

usage: read_exports.py FOLDER               report as JSON: [{"file", "format", "ok", "error", "found"}]
       read_exports.py --self-test FOLDER   the readers themselves, [{"file", "format", "field", "ok", "error"}]: for
                                            each field that a format carries, one time of it is moved in the facts;
                                            ok if that, and nothing before, is seen

FOLDER/manifest.json is a list of {"file", "format", "expected", "further"}: "expected" names the file of the facts,
"further" the files of an edit decision list's further tracks.
The facts of a timeline are in milliseconds; those of an edit list are decimal notations of exact milliseconds, from
which the frames are computed here, in fractions.
"""
import json
import pathlib
import sys
import warnings

import edit_lists
import rows
import shifts
import timelines

# OpenTimelineIO holds both.
READERS = {"edit_list": edit_lists.READERS, "timeline": timelines.READERS}


def read(folder, entry, facts):
    kind, path = entry["format"], folder / entry["file"]
    if kind in timelines.BINARY:
        content = path
    elif kind == "edl":
        content = [(folder / name).read_bytes().decode() for name in (entry["file"], *entry["further"])]
    else:
        content = path.read_bytes().decode()
    return READERS["edit_list" if "shots" in facts else "timeline"][kind](content, facts)


def check(folder, entry, facts, moved=None):
    """With the name of a field that was moved in the facts, a difference has to be found; failing is not seeing it."""
    report = {"file": entry["file"], "format": entry["format"], "field": moved, "ok": False, "error": None, "found": 0}
    try:
        report["found"] = read(folder, entry, facts)
        report["ok"] = moved is None
        report["error"] = moved and f"{moved} was moved, and nothing is seen of it"
    except rows.Difference as difference:
        report["ok"] = moved is not None
        report["error"] = str(difference)
    except Exception as error:  # a parser that does not take the file
        report["error"] = f"{type(error).__name__}: {error}"
    return report


def check_readers(folder, entry, facts):
    """Of a file that is read as it has to be."""
    report = check(folder, entry, facts)
    if not report["ok"]:
        return [report]
    return [check(folder, entry, facts, field) for field in shifts.shifts(facts, entry["format"], entry["file"])]


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
        reports += check_readers(folder, entry, facts) if self_test else [check(folder, entry, facts)]
    json.dump(reports, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
