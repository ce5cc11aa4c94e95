"""FCPXML: all of its times, exactly, by ElementTree and fractions; names and, within a frame, some times by
OpenTimelineIO's adapter, which reckons in floating point; what may stand where by rules of ours (fcpxml_rules.py)."""
import re
import xml.etree.ElementTree as ElementTree
from fractions import Fraction

import opentimelineio

from edit_facts import compare_shots, media_frames, rate_of, sequence_marks, shot_marks, shots_by_name, whole
from fcpxml_rules import broken_rules, invalid_by_dtd
from rows import compare, require

CLIPS = ("asset-clip", "clip", "video", "audio")
MARKS = ("marker", "chapter-marker")


def seconds(text):
    """`1001/30000s` or `5s`: 64 bits over 32."""
    match = re.fullmatch(r"(-?\d+)(?:/(\d+))?s", text)
    require(match is not None, f"{text!r} is no time")
    numerator, denominator = int(match[1]), int(match[2] or 1)
    require(abs(numerator) < 1 << 63 and 0 < denominator < 1 << 31, f"{text} needs too many bits")
    return Fraction(numerator, denominator)


class Sequence:
    """The one sequence of a document: `clips` are rows as those of the shots, with the element's reference; `marks` are
    rows (element's name, name, frame of the sequence, frames); `spine` are rows (name, first frame, end)."""

    def __init__(self, root, rate):
        self.rate, self.clips, self.marks, self.spine = rate, [], [], []
        sequences = list(root.iter("sequence"))
        require(len(sequences) == 1, f"{len(sequences)} sequences")
        self.element = sequences[0]
        end = Fraction(0)
        for element in self.element.find("spine"):
            require(seconds(element.get("offset")) == end, "a spine that is not without gaps")
            self.visit(element, Fraction(0))
            start, end = end, end + seconds(element.get("duration"))
            self.spine.append((element.get("name"), whole(start, rate), whole(end, rate)))
        require(seconds(self.element.get("duration")) == end, "a sequence that is not as long as its spine")

    def visit(self, element, base):
        """`base` is the sequence's time of the parent's 0."""
        offset = base + seconds(element.get("offset", "0s"))
        start, length = seconds(element.get("start", "0s")), seconds(element.get("duration"))
        if element.tag in CLIPS:
            times = [whole(time, self.rate) for time in (offset, offset + length, start, start + length)]
            self.clips.append(((element.get("name"), *times), element.get("ref")))
        for child in element:
            if child.tag in (*CLIPS, "gap"):
                require(child.get("lane") not in (None, "0"), "a connected clip without a lane")
                self.visit(child, offset - start)
            elif child.tag in MARKS:
                at = seconds(child.get("start"))
                whole(at, self.rate)
                require(start <= at < start + length, f"a mark outside of {element.get('name')}")
                self.marks.append((element.get("name"), child.get("value"), whole(offset + at - start, self.rate),
                                   whole(seconds(child.get("duration")), self.rate)))


def expected_marks(facts, spine):
    """As those of a sequence: a mark lasts a frame at least, and no longer than the clip or gap that it stands on."""
    marks = [(shot, name, at, max(length, 1)) for shot, name, _, at, length in shot_marks(facts)]
    for name, at, length in sequence_marks(facts):
        clip, end = next(((clip, end) for clip, start, end in spine if start <= at < end), (None, at))
        marks.append((clip or "", name, at, max(min(length, end - at), 1)))
    return marks


def compare_assets(assets, sequence, facts):
    """Each clip is of the recording that its shot is of, and lies in it."""
    shots, used = shots_by_name(facts), {}
    for (_, _, _, _, source_out), ref in sequence.clips:
        used[ref] = max(used.get(ref, 0), source_out)
    for (name, _, _, source_in, source_out), ref in sequence.clips:
        shot, media = shots[name], assets[ref]
        start, length = (whole(seconds(media.get(key)), sequence.rate) for key in ("start", "duration"))
        require(start <= source_in and source_out <= start + length, f"{name} is not in its media")
        # Media that is not as short as it says lasts at least as long as it is used.
        wanted = max(media_frames(shot, sequence.rate) or 0, used[ref])
        require((start, length) == (0, wanted), f"{name}'s media lasts {length} frames from {start}, not {wanted}")
        has = [media.get(key) == "1" for key in ("hasVideo", "hasAudio")]
        require(has == [shot["has_video"], shot["has_audio"]], f"{name}'s media has picture and sound: {has}")
        addresses = [element.get("src") for element in media.iter("media-rep")]
        require(addresses == [shot["url"]], f"{name} is of {addresses}")


def read_fcpxml(text, facts):
    rate = rate_of(facts)
    root = ElementTree.fromstring(text)
    for complaint in (*broken_rules(root), *invalid_by_dtd(text)):
        require(False, complaint)
    sequence = Sequence(root, rate)
    formats = {element.get("id"): element for element in root.iter("format")}
    require(seconds(formats[sequence.element.get("format")].get("frameDuration")) == 1 / rate, "another rate")
    code = sequence.element.get("tcFormat")
    require(code == ("DF" if facts["drop_frame"] else "NDF"), f"time code {code}")
    rows = [row for row, _ in sequence.clips]
    compare_shots(facts, rows)
    compare("mark", sorted(sequence.marks), sorted(expected_marks(facts, sequence.spine)))
    compare_assets({element.get("id"): element for element in root.iter("asset")}, sequence, facts)
    compare_with_adapter(text, rows, rate)
    return len(rows)


def compare_with_adapter(text, rows, rate):
    """The adapter takes 23 frames a second for 24000/1001, and cuts off what its floating point leaves of a frame."""
    container = opentimelineio.adapters.read_from_string(text, "fcpx_xml")
    timelines = list(container) if isinstance(container, opentimelineio.schema.SerializableCollection) else [container]
    clips = [clip for timeline in timelines for clip in timeline.find_clips()]
    compare("clip of the adapter", sorted([clip.name] for clip in clips), sorted([name] for name, *_ in rows))
    if rate.denominator == 1:
        found = [(clip.name, clip.source_range.start_time.value, clip.source_range.duration.value) for clip in clips]
        wanted = [(name, source_in, source_out - source_in) for name, _, _, source_in, source_out in rows]
        compare("time of the adapter", sorted(found), sorted(wanted), tolerance=1)
