"""Edit lists as other people's parsers see them: shots in whole frames."""
import io
import re

import opentimelineio
import pycmx

from edit_facts import (compare_shots, expected_shots, media_frames, rate_of, sequence_marks, shot_marks,
                        shots_by_name, whole)
from final_cut import read_fcpxml
from rows import compare, require
from spoken import clean


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
    rate, shots = rate_of(facts), shots_by_name(facts)
    timeline = opentimelineio.adapters.read_from_string(text, "otio_json")
    require(timeline.name == clean(facts["title"]), f"the title is {timeline.name!r}")
    tracks = [(track, list(clips_of(track, rate))) for track in timeline.tracks]
    clips = [pair for _, pairs in tracks for pair in pairs]
    compare_shots(facts, [row for _, row in clips])
    times = lambda mark: (whole(mark.marked_range.start_time, rate), whole(mark.marked_range.duration, rate))
    found = []
    for clip, row in clips:
        for mark in clip.markers:
            at, length = times(mark)
            found.append((clip.name, mark.name, at, at - row[3] + row[1], length))
    compare("mark", sorted(found), sorted(shot_marks(facts)))
    compare("mark of the sequence", sorted((mark.name, *times(mark)) for mark in timeline.tracks.markers),
            sorted(sequence_marks(facts)))
    for track, pairs in tracks:
        kind = "Video" if any(shots[clip.name]["has_video"] for clip, _ in pairs) else "Audio"
        require(track.kind == kind, f"the track {track.name} is {track.kind}, not {kind}")
        for clip, _ in pairs:
            shot, media = shots[clip.name], clip.media_reference
            require(media.target_url == shot["url"], f"{clip.name} is of {media.target_url}")
            span, frames = media.available_range, media_frames(shot, rate)
            found = span and (whole(span.start_time, rate), whole(span.duration, rate))
            require(found == (None if frames is None else (0, frames)),
                    f"of {clip.name}'s media is available {found}, not {frames} frames")
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


def edits_of(text):
    """The edits that pycmx finds, all it knows, one an event."""
    parsed = pycmx.parse_cmx3600(io.StringIO(text))
    unknown = [statement.content for statement in parsed.unrecognized_statements]
    require(not unknown, f"pycmx does not know {unknown[:2]}")
    for event in parsed.events if len(parsed.event_statements) > 1 else []:
        require(len(event.edits) == 1, f"{len(event.edits)} edits in event {event.number}")
        yield event.edits[0]


def compare_reels(reels):
    """`reels` are pairs (address, reel): each address has one, of its own."""
    for _, reel in reels:
        require(re.fullmatch(r"\w{1,8}", reel, re.ASCII) is not None, f"the reel {reel!r}")
    for side, other in ((0, 1), (1, 0)):
        for value in {pair[side] for pair in reels}:
            others = sorted({pair[other] for pair in reels if pair[side] == value})
            require(len(others) == 1, f"{value} goes with {' and '.join(others)}")


def read_edl(texts, facts):
    """A text for each track; an hour is where the record side starts."""
    rate, drop, shots = rate_of(facts), facts["drop_frame"], shots_by_name(facts)
    base = -(-rate.numerator // rate.denominator)
    frames = lambda text: timecode_frames(text, base, drop)
    hour = frames("01:00:00;00" if drop else "01:00:00:00")
    by_pycmx, by_adapter, marks, adapter_marks, sources, channels = [], [], [], [], [], []
    reels = set()
    for text in texts:
        modes = re.findall(r"(?m)^FCM: *(.*)$", text)
        require(modes == ["DROP FRAME" if drop else "NON-DROP FRAME"], f"the frame code modes {modes}")
        for edit in edits_of(text):
            record = [frames(time) - hour for time in (edit.record_in, edit.record_out)]
            by_pycmx.append((edit.clip_name, *record, frames(edit.source_in), frames(edit.source_out)))
            require(not edit.black and not edit.aux_source, f"{edit.source} is no reel of its own")
            reels.add((edit.source_file or "", edit.source))
            sources.append((edit.clip_name, edit.source_file, edit.channels.video, edit.channels.audio))
        compare_reels(reels)
        marks += [(match[2], frames(match[1]) - hour) for match in re.finditer(r"(?m)^\* LOC: (\S+) \w+ +(.*)$", text)]

        timeline = opentimelineio.adapters.read_from_string(text, "cmx_3600", rate=float(rate))
        seen = {}  # what has picture and sound is on a track for each
        for track in timeline.tracks:
            start = whole(-track.source_range.start_time, rate) if track.source_range else 0
            for clip, row in clips_of(track, rate, offset=start - hour):
                if row not in seen:
                    adapter_marks += [(mark.name, whole(mark.marked_range.start_time, rate) - hour)
                                      for mark in clip.markers]
                seen.setdefault(row, set()).add(track.kind)
                require(clip.metadata["cmx_3600"]["reel"] in {reel for _, reel in reels}, f"the reel of {clip.name}")
        by_adapter += seen
        channels += [(row[0], "Video" in kinds, "Audio" in kinds) for row, kinds in seen.items()]
    compare_shots(facts, by_pycmx)
    compare_shots(facts, by_adapter)
    wanted = sorted((name, shots[name]["url"], shots[name]["has_video"], shots[name]["has_audio"])
                    for name, *_ in expected_shots(facts))
    compare("source", sorted(sources), wanted)
    compare("channel of the adapter", sorted(channels), [(name, *has) for name, _, *has in wanted])
    wanted = [(name, at) for _, name, _, at, _ in shot_marks(facts)]
    wanted += [(name, at) for name, at, _ in sequence_marks(facts)] * len(texts) if by_pycmx else []
    compare("mark", sorted(marks), sorted(wanted))
    if not drop:  # the adapter has no pattern for others
        compare("mark of the adapter", sorted(adapter_marks), sorted(wanted))
    return len(by_pycmx)


READERS = {"otio": read_otio, "edl": read_edl, "fcpxml": read_fcpxml}
