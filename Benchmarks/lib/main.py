"""`main.py [--assert] [--no-write] [TOPIC...]`: runs the topics, prints their tables and stores them as JSON.

After each topic its tables go into `Benchmarks/results`, and `docs/benchmarks.md` with its plots is made anew, but with
`--no-write`. The whole run is kept in the cache folder as well.
"""

import argparse
import importlib
import json
import os
import sys
import time
import traceback

import document
import machine
import places
import results
from cueline import Unavailable
from results import TOPICS


def run_topic(topic: str) -> tuple:
    """Returns the topic's reports, or why there are none."""
    begun = time.monotonic()
    print(f"bench: {topic} …", file=sys.stderr, flush=True)
    try:
        found = importlib.import_module(f"topic_{topic}").run()
    except Unavailable as error:
        return [], str(error)
    except Exception:  # noqa: BLE001 - one topic's fault must not hide the other topics' figures
        traceback.print_exc()
        return [], "failed, see above"
    print(f"bench: {topic} took {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return found if isinstance(found, list) else [found], None


def keep(topic: str, reports: list, run: dict) -> None:
    """Into the checked-in results and the document; a run of some parts leaves the other tables as they are."""
    partial = results.store(places.KEPT, topic, reports, run, whole="CUELINE_BENCH_ONLY" not in os.environ)
    for name in partial:
        print(f"bench: the table {name} is not kept: it was asked to be smaller than it is", file=sys.stderr)
    changed = document.write(places.REPOSITORY)
    print(f"bench: {topic} kept; written: {', '.join(changed) or 'nothing new'}", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assert", action="store_true", dest="strict", help="exit 1 when a required figure is missed")
    parser.add_argument("--no-write", action="store_true", help="leave Benchmarks/results and docs/benchmarks.md alone")
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"{', '.join(TOPICS)} or all")
    given = parser.parse_args()
    unknown = set(given.topics) - {*TOPICS, "all"}
    if unknown:
        parser.error(f"no such topic: {', '.join(sorted(unknown))}")
    with places.alone():
        return run(given)


def run(given: argparse.Namespace) -> int:
    """Runs the topics, one after the other. Returns the code to exit with."""
    chosen = TOPICS if not given.topics or "all" in given.topics else [t for t in TOPICS if t in given.topics]
    reports, faults, runs = [], {}, {}
    for topic in chosen:
        found, fault = run_topic(topic)
        reports += found
        if fault:
            faults[topic] = fault
        for report in found:
            print(report.text(), flush=True)
        runs[topic] = machine.run(topic)
        if found and not given.no_write:
            try:
                keep(topic, found, runs[topic])
            except (KeyError, OSError, ValueError) as error:  # the figures are stored below all the same
                faults[f"{topic} (its document)"] = repr(error)
    missed = [check for report in reports for check in report.checks if not check.passed]
    places.RESULTS.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("%Y-%m-%dT%H%M%SZ", time.gmtime())
    result = dict(runs=runs, reports=[report.json() for report in reports], faults=faults)
    stored = json.dumps(result, indent=1, ensure_ascii=False)
    for name in ("latest.json", f"{stamp}-{'-'.join(chosen)}.json"):
        (places.RESULTS / name).write_text(stored)
    print(f"\nStored as {places.RESULTS / 'latest.json'}")
    for topic, fault in faults.items():
        print(f"NOT RUN {topic}: {fault}", file=sys.stderr)
    for check in missed:
        print(f"MISSED {check.name}", file=sys.stderr)
    return 1 if faults or (missed and given.strict) else 0


if __name__ == "__main__":
    sys.exit(main())
