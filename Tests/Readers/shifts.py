"""One time of the facts moved, which readers have to see: for the test of the readers themselves."""
import contextlib
import random
from decimal import Decimal

import captions
from edit_facts import expected_shots, frame, mark_length, rate_of
from spoken import clean, speech

# More than two frames of any rate that lists have.
SHIFT_MS = 100
SHIFT_FRAMES = 7


# --- What can be moved: items, each with the keys of its time. Formats that have only some are given those.

def shown_shots(facts, key):
    names = {name for name, *_ in expected_shots(facts)}
    return [(shot, [key]) for shot in facts["shots"] if clean(shot["name"]) in names]


def shown_marks(facts, key, room=None):
    """Marks in their shots; those that end so many frames before these, if it is given."""
    rate, ends = rate_of(facts), {name: (start, end) for name, _, _, start, end in expected_shots(facts)}
    for shot in facts["shots"]:
        start, end = ends.get(clean(shot["name"]), (0, 0))
        for mark in shot["markers"]:
            at = frame(mark["at_ms"], rate)
            last = at if room is None else at + mark_length(mark, at, rate) + room
            if start <= at and last < end:
                yield mark, [key]


def listed_marks(facts, kind):
    """Locators follow events."""
    return [(mark, ["at_ms"]) for mark in facts["markers"]] if kind != "edl" or expected_shots(facts) else []


def events(facts, kind):
    untimed = lambda event: event["kind"] == "speech" and not event["words"] and clean(event["transcription"])
    chosen = {
        "otio": lambda event: event["kind"] != "silence",
        "rttm": lambda event: event["kind"] == "speech",
        # Elsewhere in these, the times are those of words.
        "vtt": untimed, "srt": untimed, "podcast": untimed,
        "chapters": lambda event: event in speech(facts) and event["start_ms"] in captions.chapter_starts(facts)[1:],
    }.get(kind, lambda event: True)
    return [(event, ["start_ms", "end_ms"]) for event in facts["events"] if chosen(event)]


def words(facts, kind):
    """With the first word of a span of speech begins a caption."""
    count = 1 if kind in ("vtt", "srt", "podcast") else None
    return [(word, ["start_ms", "end_ms"]) for event in facts["events"] for word in (event["words"] or [])[:count]]


EDITORS = ("otio", "edl", "fcpxml")
# Field: the formats that carry it, and its items in one of them.
EDIT_LIST = {
    "target": (EDITORS, lambda facts, _: shown_shots(facts, "target_start_ms")),
    "source": (EDITORS, lambda facts, _: shown_shots(facts, "source_start_ms")),
    "mark": (EDITORS, listed_marks),
    "mark_length": (["otio"], lambda facts, _: [(mark, ["duration_ms"]) for mark in facts["markers"]]),
    "shot_mark": (EDITORS, lambda facts, _: shown_marks(facts, "at_ms")),
    "shot_mark_length": (["otio", "fcpxml"], lambda facts, _: shown_marks(facts, "duration_ms", SHIFT_FRAMES)),
}
TIMELINE = {
    "event": (["json", "csv", "audacity", "rttm", "otio", "jams", "vtt", "srt", "podcast", "chapters"], events),
    "word": (["json", "csv", "jams", "vtt", "srt", "podcast"], words),
    "beat": (["json", "csv", "audacity", "otio", "midi", "jams"],
             lambda facts, _: [(beat, ["time_ms"]) for beat in facts["beats"]]),
}


@contextlib.contextmanager
def moved(item, keys):
    kept = {key: item[key] for key in keys}
    for key, value in kept.items():
        item[key] = str(Decimal(value) + SHIFT_MS) if isinstance(value, str) else value + SHIFT_MS
    try:
        yield
    finally:
        item.update(kept)


def shifts(facts, kind, seed):
    """Names of fields that a format carries, each while one item of it is moved."""
    chance = random.Random(seed)
    for field, (formats, items) in (EDIT_LIST if "shots" in facts else TIMELINE).items():
        choice = list(items(facts, kind)) if kind in formats else []
        if choice:
            with moved(*chance.choice(choice)):
                yield field
