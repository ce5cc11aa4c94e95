"""Timelines as other people's parsers see them, in whole milliseconds."""
import collections
import csv
import io
import json
import re
import sys
import types

import mido
import opentimelineio
import pyannote.database.util

import captions
from rows import compare, milliseconds, require
from spoken import clean, speech, spoken_text

# jams scores with mir_eval, which brings all of scipy: to read and to validate takes neither.
for name in ("mir_eval", "mir_eval.sonify", "mir_eval.util"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["mir_eval"].sonify, sys.modules["mir_eval.util"].filter_kwargs = sys.modules["mir_eval.sonify"], None
import jams


# --- Our own document.

def read_json(text, facts):
    document = json.loads(text)
    require(document["duration_ms"] == facts["duration_ms"], f"it lasts {document['duration_ms']}")
    keys = ("kind", "start_ms", "end_ms", "speaker_id", "transcription")
    events = lambda source: [[event.get(key) for key in keys] for event in source["events"]]
    compare("event", events(document), events(facts))
    keys = ("word", "start_ms", "end_ms")
    words = lambda found: [[word[key] for key in keys] for event in found for word in event or []]
    compare("word", words(event["meta"].get("words") for event in document["events"]),
            words(event["words"] for event in facts["events"]))
    keys = ("time_ms", "beat_index", "bar_index", "beat_in_bar")
    beats = lambda source: [[beat.get(key) for key in keys] for beat in source["beats"]]
    compare("beat", beats(document), beats(facts))
    return len(document["events"]) + len(document["beats"])


# --- Tables and labels.

def read_csv(text, facts):
    require(text.count("\n") == text.count("\r\n"), "a line that does not end in CRLF")
    found = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    require(all(None not in row and None not in row.values() for row in found), "rows of unequal length")
    expected = []
    for event in facts["events"]:
        speaker = clean(event["speaker_id"])
        expected.append(["event", event["start_ms"], event["end_ms"], event["kind"], speaker, spoken_text(event)])
        expected += [["word", word["start_ms"], word["end_ms"], event["kind"], speaker, clean(word["word"])]
                     for word in event["words"] or []]
    number = lambda text: int(text) if text else None
    compare("row", [[row["type"], int(row["start_ms"]), int(row["end_ms"]), row["kind"], row["speaker_id"], row["text"]]
                    for row in found if row["type"] != "beat"], expected)
    keys = ("beat_index", "bar_index", "beat_in_bar")
    compare("beat", [[int(row["start_ms"]), *(number(row[key]) for key in keys)]
                     for row in found if row["type"] == "beat"],
            [[beat["time_ms"], *(beat[key] for key in keys)] for beat in facts["beats"]])
    return len(found)


def read_audacity(text, facts):
    found = []
    for line in text.split("\n")[:-1]:
        start, end, label = line.split("\t")
        found.append([milliseconds(start), milliseconds(end), label])
    expected = []
    for event in facts["events"]:
        label, said, speaker = event["kind"], spoken_text(event), clean(event["speaker_id"])
        if label == "speech":
            label += (f" {speaker}" if speaker else "") + (f": {said}" if said else "")
        expected.append([event["start_ms"], event["end_ms"], label])
    for beat in facts["beats"]:
        expected.append([beat["time_ms"], beat["time_ms"], beat_name(beat) or "beat"])
    # At one time events come before beats; sorting keeps the order of what is alike.
    expected.sort(key=lambda row: row[0])
    compare("label", found, expected)
    return len(found)


def read_rttm(path, facts):
    expected = [[event["start_ms"], event["end_ms"],
                 re.sub(r"[^\w\-.:@/|+]", "_", clean(event["speaker_id"])) or "speech"] for event in speech(facts)]
    if not path.read_bytes():  # the parser wants a line
        compare("turn", [], expected)
        return 0
    annotations = pyannote.database.util.load_rttm(path)
    require(len(annotations) == 1, f"{len(annotations)} files in it")
    require(list(annotations) == [facts["asset_id"]], f"it is of {list(annotations)}")
    turns = [[milliseconds(segment.start), milliseconds(segment.end), speaker]
             for annotation in annotations.values()
             for segment, _, speaker in annotation.itertracks(yield_label=True)]
    compare("turn", sorted(turns), sorted(expected))
    return len(turns)


# --- Editors and music.

def read_otio(text, facts):
    """A track or more for each kind of event, at a rate of 1000."""
    timeline = opentimelineio.adapters.read_from_string(text, "otio_json")
    found = []

    def whole(time):
        require(time.rate == 1000 and time.value == int(time.value), f"{time} is no whole millisecond")
        return int(time.value)

    for track in timeline.tracks:
        require(track.kind == "Audio", f"the track {track.name} is {track.kind}")
        for clip in track.find_clips():
            about, place, source = clip.metadata["cueline"], clip.range_in_parent(), clip.source_range
            start = whole(place.start_time)
            require(whole(source.start_time) == start, f"{clip.name} is at {start}, its source elsewhere")
            require(place.duration == source.duration, "a clip that is longer or shorter than its source")
            require(track.name.split()[0] == about["kind"], f"{about['kind']} on the track {track.name}")
            url, span = clip.media_reference.target_url, clip.media_reference.available_range
            require(url == facts["media_url"], f"{clip.name} is of {url}")
            span = span and (whole(span.start_time), whole(span.duration))
            require(span == (0, facts["duration_ms"]), f"of {clip.name}'s recording is available {span}")
            found.append([about["kind"], start, start + whole(source.duration), about.get("speaker_id"),
                          about.get("transcription")])
    expected = [[event["kind"], event["start_ms"], event["end_ms"], event["speaker_id"], event["transcription"]]
                for event in facts["events"] if event["kind"] != "silence"]
    order = lambda row: (row[1], row[0])
    compare("clip", sorted(found, key=order), sorted(expected, key=order))
    marks = [[mark.name, whole(mark.marked_range.start_time), whole(mark.marked_range.duration)]
             for mark in timeline.tracks.markers]
    compare("beat", marks, [[beat_name(beat) or "beat", beat["time_ms"], 0]
                            for beat in facts["beats"]])
    return len(found) + len(marks)


def beat_name(beat):
    return None if beat["bar_index"] is None else f"{beat['bar_index'] + 1}.{beat['beat_in_bar']}"


def read_midi(path, facts):
    """A note of the click track for each beat, a high one where a bar begins."""
    file = mido.MidiFile(path)
    require(file.type == 1 and len(file.tracks) == 2, f"type {file.type} with {len(file.tracks)} tracks")
    quarter, tempo, tick, time = file.ticks_per_beat, 500_000, 0, 0
    notes, signatures = [], []
    for message in mido.merge_tracks(file.tracks):
        tick += message.time
        time += message.time * tempo
        if message.type == "set_tempo":
            tempo = message.tempo
        elif message.type == "time_signature":
            require(quarter * 4 % message.denominator == 0, "a note value of no whole ticks")
            signatures.append((tick, message.numerator * quarter * 4 // message.denominator))
        elif message.type == "note_on" and message.velocity > 0:
            require(message.channel == 9, f"a note on channel {message.channel + 1}")
            notes.append((time / (quarter * 1000), message.note == 76, tick))
    compare("beat", [note[:2] for note in notes],
            [(beat["time_ms"], beat["beat_in_bar"] == 1) for beat in facts["beats"]], tolerance=1e-6)
    bar_start = bar_length = None
    for tick, is_downbeat, length in sorted([(tick, down, None) for _, down, tick in notes if down]
                                            + [(tick, False, length) for tick, length in signatures],
                                            key=lambda row: (row[0], row[2] is None)):
        if bar_length is not None:
            require((tick - bar_start) % bar_length == 0, f"tick {tick} is inside of a bar")
        if length is not None:
            bar_start, bar_length = tick, length
    return len(notes)


def read_jams(path, facts):
    document = jams.load(str(path), validate=True, strict=True)
    require(milliseconds(document.file_metadata.duration) == facts["duration_ms"], "another duration")
    sizes = collections.defaultdict(int)
    for beat in facts["beats"]:
        sizes[beat["bar_index"]] = max(sizes[beat["bar_index"]], beat["beat_in_bar"] or 0)
    if facts["beats"] and facts["meter"]:  # the last bar may have been cut short
        last = facts["beats"][-1]["bar_index"]
        sizes[last] = max(sizes[last], facts["meter"])
    point = lambda beat, value: [beat["time_ms"], beat["time_ms"], value]
    placed = [beat for beat in facts["beats"] if beat["bar_index"] is not None]
    wanted = {
        "segment_open": [[event["start_ms"], event["end_ms"], event["kind"]] for event in facts["events"]],
        "lyrics": [[word["start_ms"], word["end_ms"], clean(word["word"])]
                   for event in facts["events"] for word in event["words"] or []],
        "beat": [point(beat, beat["beat_in_bar"]) for beat in facts["beats"]],
        "beat_position": [point(beat, {"position": beat["beat_in_bar"], "measure": beat["bar_index"],
                                       "num_beats": sizes[beat["bar_index"]], "beat_units": 4}) for beat in placed],
    }
    found = {annotation.namespace: annotation for annotation in document.annotations}
    require(len(found) == len(document.annotations), "a namespace twice")
    for namespace, expected in wanted.items():
        data = found[namespace].data if namespace in found else []
        compare(namespace, [[milliseconds(item.time), milliseconds(item.time + item.duration), item.value]
                            for item in data], sorted(expected, key=lambda row: row[0]))
    return sum(map(len, wanted.values()))


READERS = {
    **captions.READERS, "json": read_json, "csv": read_csv, "audacity": read_audacity, "rttm": read_rttm,
    "otio": read_otio, "midi": read_midi, "jams": read_jams,
}
# Read from the file itself.
BINARY = {"rttm", "midi", "jams"}
