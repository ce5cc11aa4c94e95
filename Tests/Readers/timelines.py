"""Timelines as other people's parsers see them, in whole milliseconds."""
import collections
import csv
import functools
import html
import io
import json
import pathlib
import re
import sys
import types

import jsonschema
import mido
import opentimelineio
import pyannote.database.util
import pysubs2
import webvtt

from rows import compare, require
from spoken import clean, compare_spoken, words_of

# jams scores with mir_eval, which brings all of scipy: to read and to validate takes neither.
for name in ("mir_eval", "mir_eval.sonify", "mir_eval.util"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["mir_eval"].sonify, sys.modules["mir_eval.util"].filter_kwargs = sys.modules["mir_eval.sonify"], None
import jams


def milliseconds(seconds):
    return round(float(seconds) * 1000)


@functools.cache
def validator(name):
    schema = json.loads((pathlib.Path(__file__).parent / f"{name}.schema.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(schema)


def valid(text, name):
    document = json.loads(text)
    for error in validator(name).iter_errors(document):
        require(False, f"{error.json_path}: {error.message[:200]}")
    return document


def speech(facts):
    return [event for event in facts["events"] if event["kind"] == "speech"]


def spoken_text(event):
    """What was said; the words stand in for a missing transcript."""
    text = event["transcription"]
    if text is None:
        text = " ".join(word["word"] for word in event["words"] or [])
    return clean(text) if event["kind"] == "speech" else ""


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


# --- Captions.

SHORTEST_CAPTION_MS = 800


def read_vtt(text, facts):
    found = []
    parsed = webvtt.from_string(text, strict=True)
    require(not words_of(facts) or text.startswith("WEBVTT\n\n"), "no signature")
    for caption in parsed.captions:
        times = []
        for time in (caption.start, caption.end):
            hours, minutes, seconds = time.split(":")
            times.append((int(hours) * 60 + int(minutes)) * 60_000 + milliseconds(seconds))
        voice = caption.voice
        found.append((*times, html.unescape(caption.text), html.unescape(voice) if voice else ""))
    return compare_spoken(found, words_of(facts), facts["duration_ms"], SHORTEST_CAPTION_MS)


def unescaped(text):
    """SubRip has no escapes: what players would obey is spelled otherwise."""
    return re.sub("-{2,}>", "->", text.replace("‹", "<").replace("{/", "{\\"))


def read_srt(text, facts):
    """A speaker's name and a colon stand where the speaker changes."""
    parsed = pysubs2.SSAFile.from_string(text, format_="srt", keep_html_tags=True, keep_unknown_html_tags=True)
    blocks = re.findall(r"^\d+\n\d{2,}:\d\d:\d\d,\d{3} --> \d{2,}:\d\d:\d\d,\d{3}$", text, re.MULTILINE)
    require(len(blocks) == len(parsed), f"{len(parsed)} captions of {len(blocks)}")
    require([int(block.split("\n")[0]) for block in blocks] == list(range(1, len(blocks) + 1)), "wrong numbers")
    units = words_of(facts)
    speaker = None
    for unit, previous in zip(units, [None, *units]):
        name = clean(unit.event["speaker_id"])
        if (previous is None or previous.event is not unit.event) and name and name != speaker:
            unit.text = f"{name}:{unit.text}"
            speaker = name
    found = [(event.start, event.end, event.text.replace("\\N", " "), None) for event in parsed]
    return compare_spoken(found, units, facts["duration_ms"], SHORTEST_CAPTION_MS, same=unescaped)


# --- Podcasts.

def read_podcast(text, facts):
    document = valid(text, "podcast-transcript")
    found = [(milliseconds(segment["startTime"]), milliseconds(segment["endTime"]), segment["body"],
              segment.get("speaker", "")) for segment in document["segments"]]
    return compare_spoken(found, words_of(facts, with_untimed=True), facts["duration_ms"])


def read_chapters(text, facts):
    """A chapter begins at 0, and with speech after 4 s without any, if the last one began a minute before."""
    document = valid(text, "podcast-chapters")
    starts, last_end = [0], 0
    for event in speech(facts):
        if event["start_ms"] - last_end >= 4_000 and event["start_ms"] - starts[-1] >= 60_000:
            starts.append(event["start_ms"])
        last_end = max(last_end, event["end_ms"])
    found = [milliseconds(chapter["startTime"]) for chapter in document["chapters"]]
    compare("chapter", [[start] for start in found], [[start] for start in starts])
    for chapter, start, end in zip(document["chapters"], starts, [*starts[1:], float("inf")]):
        require(0 < len(chapter["title"]) <= 60, f"the title {chapter['title']!r}")
        said = [spoken_text(event) for event in speech(facts)
                if start <= event["start_ms"] < end and spoken_text(event)]
        begin = chapter["title"].removesuffix("…")
        require(not said or said[0].startswith(begin), f"the title {chapter['title']!r} of {said[:1]}")
    return len(found) - 1


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
        for clip in track.find_clips():
            about, place, source = clip.metadata["cueline"], clip.range_in_parent(), clip.source_range
            start = whole(place.start_time)
            require(whole(source.start_time) == start, f"{clip.name} is at {start}, its source elsewhere")
            require(place.duration == source.duration, "a clip that is longer or shorter than its source")
            require(track.name.split()[0] == about["kind"], f"{about['kind']} on the track {track.name}")
            url = clip.media_reference.target_url
            require(url == facts["media_url"], f"{clip.name} is of {url}")
            found.append([about["kind"], start, start + whole(source.duration), about.get("speaker_id"),
                          about.get("transcription")])
    expected = [[event["kind"], event["start_ms"], event["end_ms"], event["speaker_id"], event["transcription"]]
                for event in facts["events"] if event["kind"] != "silence"]
    order = lambda row: (row[1], row[0])
    compare("clip", sorted(found, key=order), sorted(expected, key=order))
    marks = [[mark.name, whole(mark.marked_range.start_time)] for mark in timeline.tracks.markers]
    compare("beat", marks, [[beat_name(beat) or f"beat {beat['beat_index'] + 1}", beat["time_ms"]]
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
    "json": read_json, "vtt": read_vtt, "srt": read_srt, "podcast": read_podcast, "chapters": read_chapters,
    "csv": read_csv, "audacity": read_audacity, "rttm": read_rttm, "otio": read_otio, "midi": read_midi,
    "jams": read_jams,
}
# Read from the file itself.
BINARY = {"rttm", "midi", "jams"}
