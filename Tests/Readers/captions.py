"""Captions, transcripts and chapters as other people's parsers see them, in whole milliseconds."""
import functools
import html
import json
import pathlib
import re

import jsonschema
import pysubs2
import webvtt

from rows import compare, milliseconds, require
from spoken import clean, compare_spoken, speech, spoken_text, words_of


@functools.cache
def validator(name):
    schema = json.loads((pathlib.Path(__file__).parent / f"{name}.schema.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(schema)


def valid(text, name):
    document = json.loads(text)
    for error in validator(name).iter_errors(document):
        require(False, f"{error.json_path}: {error.message[:200]}")
    return document


# --- Captions.

SHORTEST_CAPTION_MS, LONGEST_CAPTION_MS, LONGEST_SEGMENT_MS = 800, 7_000, 20_000


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
    return compare_spoken(found, words_of(facts), facts["duration_ms"], LONGEST_CAPTION_MS, SHORTEST_CAPTION_MS)


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
    return compare_spoken(found, units, facts["duration_ms"], LONGEST_CAPTION_MS, SHORTEST_CAPTION_MS, same=unescaped)


# --- Podcasts.

def read_podcast(text, facts):
    document = valid(text, "podcast-transcript")
    found = [(milliseconds(segment["startTime"]), milliseconds(segment["endTime"]), segment["body"],
              segment.get("speaker", "")) for segment in document["segments"]]
    return compare_spoken(found, words_of(facts), facts["duration_ms"], LONGEST_SEGMENT_MS)


def chapter_starts(facts):
    """A chapter begins at 0, and with speech after 4 s without any, if the last one began a minute before."""
    starts, last_end = [0], 0
    for event in speech(facts):
        if event["start_ms"] - last_end >= 4_000 and event["start_ms"] - starts[-1] >= 60_000:
            starts.append(event["start_ms"])
        last_end = max(last_end, event["end_ms"])
    return starts


def read_chapters(text, facts):
    document, starts = valid(text, "podcast-chapters"), chapter_starts(facts)
    found = [milliseconds(chapter["startTime"]) for chapter in document["chapters"]]
    compare("chapter", [[start] for start in found], [[start] for start in starts])
    for chapter, start, end in zip(document["chapters"], starts, [*starts[1:], float("inf")]):
        require(0 < len(chapter["title"]) <= 60, f"the title {chapter['title']!r}")
        said = [spoken_text(event) for event in speech(facts)
                if start <= event["start_ms"] < end and spoken_text(event)]
        begin = chapter["title"].removesuffix("…")
        require(not said or said[0].startswith(begin), f"the title {chapter['title']!r} of {said[:1]}")
    return len(found) - 1


READERS = {"vtt": read_vtt, "srt": read_srt, "podcast": read_podcast, "chapters": read_chapters}
