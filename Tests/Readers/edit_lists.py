"""Edit lists as other people's parsers see them: shots in whole frames."""
import io
import re
import xml.etree.ElementTree as ElementTree
from decimal import Decimal
from fractions import Fraction
from math import floor

import opentimelineio
import pycmx

from fcpxml_rules import broken_rules
from rows import compare, require
from spoken import clean


# --- What has to be there, from exact fractions.

def frame(milliseconds, rate):
    """The nearest frame, halves up; `milliseconds` is the decimal notation of an exact number."""
    exact = milliseconds if isinstance(milliseconds, Fraction) else Fraction(Decimal(milliseconds))
    return floor(exact * rate / 1000 + Fraction(1, 2))


def last_frame(milliseconds, rate):
    """The last frame that is not after a time; a nanosecond counts as nothing, as doubles of boundaries are off by less."""
    return floor((Fraction(Decimal(milliseconds)) + Fraction(1, 10**6)) * rate / 1000)


def expected_shots(facts):
    """Shots as rows (name, record in, record out, source in, source out); those shorter than half a frame are none."""
    rate = Fraction(*facts["rate"])
    shots = []
    for shot in facts["shots"]:
        start, length = (Fraction(Decimal(shot[key])) for key in ("target_start_ms", "duration_ms"))
        record_in, record_out = frame(start, rate), frame(start + length, rate)
        source_in = frame(shot["source_start_ms"], rate)
        if shot["media_duration_ms"] is not None:
            last = last_frame(shot["media_duration_ms"], rate)
            if source_in + record_out - record_in > last:  # it starts a frame earlier, or ends with its media
                start = min(source_in, max(last_frame(shot["source_start_ms"], rate), last - (record_out - record_in)))
                if start < last:  # else the media is not as short as it says
                    source_in, record_out = start, min(record_out, record_in + last - start)
        if record_out > record_in:
            shots.append((clean(shot["name"]), record_in, record_out, source_in, source_in + record_out - record_in))
    return shots


def compare_shots(facts, found):
    """Found shots are those expected, whatever the tracks."""
    order = lambda shot: (shot[1], shot[0], shot)
    compare("shot", sorted(found, key=order), sorted(expected_shots(facts), key=order))


def sequence_marks(facts):
    """Marks of the sequence as rows (name, frame)."""
    rate = Fraction(*facts["rate"])
    return [(clean(mark["name"]), frame(mark["at_ms"], rate)) for mark in facts["markers"]]


def shot_marks(facts):
    """Marks whose frame is one of their shot's source frames, as rows (shot, name, source frame, sequence frame)."""
    rate = Fraction(*facts["rate"])
    windows = {name: (start, source, end) for name, start, _, source, end in expected_shots(facts)}
    marks = []
    for shot in facts["shots"]:
        start, source_in, source_out = windows.get(clean(shot["name"]), (0, 0, 0))
        for mark in shot["markers"]:
            at = frame(mark["at_ms"], rate)
            if source_in <= at < source_out:
                marks.append((clean(shot["name"]), clean(mark["name"]), at, at - source_in + start))
    return marks


def whole(time, rate):
    """The frames of a RationalTime or of exact seconds."""
    if isinstance(time, Fraction):
        frames = time * rate
        require(frames.denominator == 1, f"{time} s is no whole frame of {rate}")
        return frames.numerator
    require(time.rate == float(rate), f"a time of rate {time.rate}, not {float(rate)}")
    require(time.value == int(time.value), f"{time.value} is no whole frame")
    return int(time.value)


# --- OpenTimelineIO.

def clips_of(track, rate, offset=0):
    """The clips of a track, and their rows; nothing but gaps is between them."""
    for item in track:
        if not isinstance(item, opentimelineio.schema.Clip):
            require(isinstance(item, opentimelineio.schema.Gap), f"a {type(item).__name__} in a track")
            continue
        place, source = item.range_in_parent(), item.source_range
        start, source_in = whole(place.start_time, rate) + offset, whole(source.start_time, rate)
        length = whole(source.duration, rate)
        require(whole(place.duration, rate) == length, "a clip that is longer or shorter than its source")
        yield item, (item.name, start, start + length, source_in, source_in + length)


def read_otio(text, facts):
    rate = Fraction(*facts["rate"])
    timeline = opentimelineio.adapters.read_from_string(text, "otio_json")
    require(timeline.name == clean(facts["title"]), f"the title is {timeline.name!r}")
    clips = [pair for track in timeline.tracks for pair in clips_of(track, rate)]
    compare_shots(facts, [row for _, row in clips])
    at = lambda mark: whole(mark.marked_range.start_time, rate)
    compare("mark", sorted((clip.name, mark.name, at(mark), at(mark) - row[3] + row[1])
                           for clip, row in clips for mark in clip.markers), sorted(shot_marks(facts)))
    compare("mark of the sequence", sorted((mark.name, at(mark)) for mark in timeline.tracks.markers),
            sorted(sequence_marks(facts)))
    urls = {clean(shot["name"]): shot["url"] for shot in facts["shots"]}
    for clip, _ in clips:
        url = clip.media_reference.target_url
        require(url == urls[clip.name], f"{clip.name} is of {url}")
    return len(clips)


# --- CMX 3600, twice.

def timecode_frames(text, base, drop):
    """Frames since midnight; labels that drop-frame time code leaves out are refused."""
    match = re.fullmatch(r"(\d\d):(\d\d):(\d\d)([:;])(\d\d)", text)
    require(match is not None, f"{text!r} is no time code")
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    require(hours < 24 and minutes < 60 and seconds < 60 and frames < base, f"{text} is no time code of {base} frames")
    require((match[4] == ";") == drop, f"{text} where labels are {'' if drop else 'not '}dropped")
    count = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if not drop:
        return count
    skipped, total = base // 15, hours * 60 + minutes
    require(seconds > 0 or frames >= skipped or minutes % 10 == 0, f"the label {text} does not exist")
    return count - skipped * (total - total // 10)


def read_edl(texts, facts):
    """A text for each track; an hour is where the record side starts."""
    rate, drop = Fraction(*facts["rate"]), facts["drop_frame"]
    base = -(-rate.numerator // rate.denominator)
    frames = lambda text: timecode_frames(text, base, drop)
    hour = frames("01:00:00;00" if drop else "01:00:00:00")
    by_pycmx, by_adapter, marks, adapter_marks = [], [], [], []
    for text in texts:
        parsed = pycmx.parse_cmx3600(io.StringIO(text))
        unknown = [statement.content for statement in parsed.unrecognized_statements]
        require(not unknown, f"pycmx does not know {unknown[:2]}")
        for event in parsed.events if len(parsed.event_statements) > 1 else []:
            require(len(event.edits) == 1, f"{len(event.edits)} edits in event {event.number}")
            edit = event.edits[0]
            record = [frames(time) - hour for time in (edit.record_in, edit.record_out)]
            by_pycmx.append((edit.clip_name, *record, frames(edit.source_in), frames(edit.source_out)))
        marks += [(match[2], frames(match[1]) - hour) for match in re.finditer(r"(?m)^\* LOC: (\S+) \w+ +(.*)$", text)]

        timeline = opentimelineio.adapters.read_from_string(text, "cmx_3600", rate=float(rate))
        seen = set()  # what has picture and sound is on a track for each
        for track in timeline.tracks:
            start = whole(-track.source_range.start_time, rate) if track.source_range else 0
            for clip, row in clips_of(track, rate, offset=start - hour):
                if row not in seen:
                    adapter_marks += [(mark.name, whole(mark.marked_range.start_time, rate) - hour)
                                      for mark in clip.markers]
                seen.add(row)
        by_adapter += seen
    compare_shots(facts, by_pycmx)
    compare_shots(facts, by_adapter)
    wanted = [(name, at) for _, name, _, at in shot_marks(facts)]
    wanted += sequence_marks(facts) * len(texts) if by_pycmx else []
    compare("mark", sorted(marks), sorted(wanted))
    if not drop:  # the adapter has no pattern for others
        compare("mark of the adapter", sorted(adapter_marks), sorted(wanted))
    return len(by_pycmx)


# --- Final Cut Pro.

def seconds(text):
    """`1001/30000s` or `5s`: 64 bits over 32."""
    match = re.fullmatch(r"(-?\d+)(?:/(\d+))?s", text)
    require(match is not None, f"{text!r} is no time")
    numerator, denominator = int(match[1]), int(match[2] or 1)
    require(abs(numerator) < 1 << 63 and 0 < denominator < 1 << 31, f"{text} needs too many bits")
    return Fraction(numerator, denominator)


CLIPS = ("asset-clip", "clip", "video", "audio")
MARKS = ("marker", "chapter-marker")


def read_fcpxml(text, facts):
    rate, drop = Fraction(*facts["rate"]), facts["drop_frame"]
    root = ElementTree.fromstring(text)
    for complaint in broken_rules(root):
        require(False, complaint)
    formats = {element.get("id"): element for element in root.iter("format")}
    assets = {element.get("id"): element for element in root.iter("asset")}
    sequences = list(root.iter("sequence"))
    require(len(sequences) == 1, f"{len(sequences)} sequences")
    sequence = sequences[0]
    require(seconds(formats[sequence.get("format")].get("frameDuration")) == 1 / rate, "another rate")
    require(sequence.get("tcFormat") == ("DF" if drop else "NDF"), f"time code {sequence.get('tcFormat')}")

    found, marks = [], []

    def visit(element, base):
        """`base` is the sequence's time of the parent's 0."""
        offset = base + seconds(element.get("offset", "0s"))
        start = seconds(element.get("start", "0s"))
        length = seconds(element.get("duration"))
        if element.tag in CLIPS:
            media = assets[element.get("ref")]
            media_start, media_length = seconds(media.get("start", "0s")), media.get("duration")
            require(start >= media_start, f"{element.get('name')} starts before its media")
            if media_length is not None:
                require(start + length <= media_start + seconds(media_length), f"{element.get('name')} is too long")
            times = [whole(time, rate) for time in (offset, offset + length, start, start + length)]
            found.append((element.get("name"), *times))
        for child in element:
            if child.tag in (*CLIPS, "gap"):
                require(child.get("lane") not in (None, "0"), "a connected clip without a lane")
                visit(child, offset - start)
            elif child.tag in MARKS:
                at = seconds(child.get("start"))
                whole(at, rate)
                require(start <= at < start + length, f"a mark outside of {element.get('name')}")
                whole(seconds(child.get("duration")), rate)
                marks.append((child.get("value"), whole(offset + at - start, rate)))

    spine_end = Fraction(0)
    for element in sequence.find("spine"):
        require(seconds(element.get("offset")) == spine_end, "a spine that is not without gaps")
        visit(element, Fraction(0))
        spine_end += seconds(element.get("duration"))
    require(seconds(sequence.get("duration")) == spine_end, "a sequence that is not as long as its spine")
    compare_shots(facts, found)
    wanted = sequence_marks(facts) + [(name, at) for _, name, _, at in shot_marks(facts)]
    compare("mark", sorted(marks), sorted(wanted))

    # The adapter takes 23 frames a second for 24000/1001, and cuts off what its floating point leaves of a frame.
    container = opentimelineio.adapters.read_from_string(text, "fcpx_xml")
    timelines = list(container) if isinstance(container, opentimelineio.schema.SerializableCollection) else [container]
    clips = [clip for timeline in timelines for clip in timeline.find_clips()]
    compare("clip of the adapter", sorted([clip.name] for clip in clips), sorted([name] for name, *_ in found))
    if rate.denominator == 1:
        lengths = {name: (out - start, source) for name, start, out, source, _ in found}
        for clip in clips:
            length, source = lengths[clip.name]
            require(abs(clip.source_range.duration.value - length) <= 1, f"the adapter's length of {clip.name}")
            require(abs(clip.source_range.start_time.value - source) <= 1, f"the adapter's start of {clip.name}")
    return len(found)


READERS = {"otio": read_otio, "edl": read_edl, "fcpxml": read_fcpxml}
