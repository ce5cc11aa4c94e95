"""The figures that are checked in: `Benchmarks/results/TOPIC.json`, the tables of one topic, each with the run it is of.

A run says when, on which machine and beside which versions of the peers. A topic's tables may be of several runs: a run of
some of them replaces those and leaves the others with their dates.
"""

import json
from pathlib import Path

TOPICS = ("speech", "scene", "beats", "speed", "long", "formats", "service", "shots", "fleet")
ONE_LINE = 140  # characters: what is longer takes a line for each of its parts


def path(folder: Path, topic: str) -> Path:
    return folder / f"{topic}.json"


def load(folder: Path, topic: str) -> dict:
    """What is kept of a topic; nothing when it was never measured."""
    file = path(folder, topic)
    return json.loads(file.read_text()) if file.exists() else dict(topic=topic, runs={}, tables=[])


def load_all(folder: Path) -> dict:
    """By topic, in their order, those that have figures."""
    unknown = {file.stem for file in folder.glob("*.json")} - set(TOPICS)
    if unknown:
        raise ValueError(f"results of no topic: {', '.join(sorted(unknown))}")
    return {topic: load(folder, topic) for topic in TOPICS if path(folder, topic).exists()}


def merged(kept: dict, tables: list, run: dict, whole: bool) -> dict:
    """What is kept, with these tables of this run in place of their older selves, or of everything after a whole run."""
    names = [table["topic"] for table in tables]
    if len(set(names)) < len(names):
        raise ValueError(f"{kept['topic']}: two tables have the same name, of {', '.join(names)}")
    new = {table["topic"]: {**table, "run": run["time"]} for table in tables}
    old = {} if whole else {table["topic"]: table for table in kept["tables"]}
    order = names if whole else [*old, *(name for name in names if name not in old)]
    chosen = [new.get(name) or old[name] for name in order]
    runs = {**kept["runs"], run["time"]: run}
    used = dict.fromkeys(table["run"] for table in chosen)
    return dict(topic=kept["topic"], runs={time: runs[time] for time in used}, tables=chosen)


def store(folder: Path, topic: str, reports: list, run: dict, whole: bool) -> list:
    """Keeps the tables of a run; returns the names of those that it did not keep, as they are partial."""
    partial = [report.topic for report in reports if report.partial]
    tables = [report.json() for report in reports if not report.partial]
    if tables:
        found = merged(load(folder, topic), tables, run, whole and not partial)
        folder.mkdir(parents=True, exist_ok=True)
        path(folder, topic).write_text(dumped(found) + "\n")
    return partial


def dumped(value, depth: int = 0) -> str:
    """JSON with a line for each row, so that a change of a figure is a change of a line."""
    line = json.dumps(value, ensure_ascii=False)
    nested = isinstance(value, (list, dict)) and bool(value)
    flat = not nested or not any(isinstance(part, (list, dict)) for part in _parts(value))
    if not nested or (flat and len(line) + depth <= ONE_LINE):
        return line
    pad, keys = "\n" + " " * (depth + 1), isinstance(value, dict)
    inner = [(json.dumps(key, ensure_ascii=False) + ": " + dumped(part, depth + 1)) if keys else dumped(part, depth + 1)
             for key, part in (value.items() if keys else enumerate(value))]
    opening, closing = "{}" if keys else "[]"
    return opening + pad + ("," + pad).join(inner) + "\n" + " " * depth + closing


def _parts(value) -> list:
    return list(value.values()) if isinstance(value, dict) else value
