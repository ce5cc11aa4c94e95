"""The parts of a topic: all of them, or those that `CUELINE_BENCH_ONLY` names, with commas between."""

import os

from cueline import Unavailable


def run(parts: dict) -> list:
    """The reports of the chosen parts, in the order of `parts`: functions by name, each of which returns a report or several."""
    wanted = os.environ.get("CUELINE_BENCH_ONLY")
    chosen = wanted.split(",") if wanted else parts
    unknown = set(chosen) - set(parts)
    if unknown:
        raise Unavailable(f"CUELINE_BENCH_ONLY: no such part: {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    reports = []
    for name, part in parts.items():
        if name in chosen:
            found = part()
            reports += found if isinstance(found, list) else [found]
    return reports
