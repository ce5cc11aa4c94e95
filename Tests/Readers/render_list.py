#!/usr/bin/env python3
"""Renders exported edit lists with ffmpeg, and compares what is seen and heard then with what the shot lists say.

usage: render_list.py FOLDER               report as JSON; 0 if all is right
       render_list.py --self-test FOLDER   with every shot's source 3 frames later: 0 if each of them is found wrong

FOLDER/manifest.json: {"media": {asset: path}, "renders": [{"edit": NAME.edl or NAME.otio, "rate": "30000/1001",
"lists": [JSON shot lists]}]}. The edit is read with OpenTimelineIO. Of a list on frames, every frame of every shot has
to be the right one; of any list, the sound is looked for in the whole recording and has to start within a frame. A
frame of the media shows its number in sixteen blocks, the lowest bit first, and below them the opposite, so that
neither black nor two frames blended are a number; a render's gaps are black and silent.
"""
import json
import pathlib
import sys
import urllib.parse
import warnings
from fractions import Fraction
from math import ceil, floor

import numpy
import opentimelineio

from edit_facts import frame, whole
from edit_lists import clips_of
from rendering import HEARD_HZ, Cut, correlations, frame_rate, numbers_of, render, sound_of
from rows import Difference, require

# What was cut out and put elsewhere is all but the same samples; nothing else in the recording is much like it.
LEAST_CORRELATION, LEAST_LEAD = 0.9, 0.1
SILENCE, RINGING = 1e-3, Fraction(1, 100)
SELF_TEST_FRAMES = 3


# --- The edit, by OpenTimelineIO.

def path_of(clip):
    """Where a clip's media is: an address that the reader took, or that of the comment which it keeps."""
    comments = clip.metadata.get("cmx_3600", {}).get("comments", [])
    prefix = "SOURCE FILE: "
    addresses = [comment[len(prefix):] for comment in comments if comment.startswith(prefix)]
    addresses += [getattr(clip.media_reference, "target_url", None) or ""]
    address = urllib.parse.urlparse(addresses[0])
    require(address.scheme == "file" and address.netloc == "", f"{clip.name} is of {addresses[0]!r}")
    return urllib.parse.unquote(address.path)


def read_edit(path, rate):
    """What is seen and what is heard, each as cuts in order."""
    text = path.read_text("utf-8")
    if path.suffix == ".edl":
        timeline = opentimelineio.adapters.read_from_string(text, "cmx_3600", rate=float(rate))
        mark = ";" if "FCM: DROP FRAME" in text else ":"
        hour = whole(opentimelineio.opentime.from_timecode(f"01:00:00{mark}00", float(rate)), rate)
    else:
        timeline = opentimelineio.adapters.read_from_string(text, "otio_json")
        hour = 0
    cuts = {"Video": [], "Audio": []}
    for track in timeline.tracks:
        start = whole(-track.source_range.start_time, rate) if track.source_range else 0
        for clip, (_, record_in, record_out, source, _) in clips_of(track, rate, offset=start - hour):
            cuts[track.kind].append(Cut(path_of(clip), source, record_in, record_out))
    # A clip of a picture brings its sound along where nothing is said of sound.
    pictures, sounds = cuts["Video"], cuts["Audio"] or cuts["Video"]
    for row in (pictures, sounds):
        row.sort(key=lambda cut: cut.start)
        for before, cut in zip(row, row[1:]):
            require(before.end <= cut.start, "cuts that overlap")
    return pictures, sounds


# --- What the list says.

class ListedShot:
    def __init__(self, shot, media):
        self.name, self.path = shot["meta"]["clip"], media[shot["source_asset_id"]]
        self.source, self.start, length = (
            Fraction(shot[key]) / 1000 for key in ("source_start_ms", "target_start_ms", "target_duration_ms"))
        self.end = self.start + length


class Check:
    """A shot list against a render."""

    def __init__(self, path, media, rate, later):
        found = json.loads(path.read_text("utf-8"), parse_float=Fraction)
        self.name, self.rate = path.name, rate
        self.is_on_frames = found["meta"].get("frame_rate") is not None
        require(not self.is_on_frames or Fraction(found["meta"]["frame_rate"]) == rate, f"{path.name} has another rate")
        self.shots = [ListedShot(shot, media) for shot in found["shots"]]
        require(self.shots, f"{path.name} is empty")
        for shot in self.shots:
            shot.source += later / rate

    def whole_frame(self, seconds):
        nearest = frame(seconds * 1000, self.rate)
        require(abs(nearest - seconds * self.rate) < 1e-6, f"{float(seconds)} s of {self.name} is no frame")
        return nearest

    def length_error(self, frames):
        wanted = max(shot.end for shot in self.shots) * self.rate
        if abs(frames - wanted) > (1e-6 if self.is_on_frames else 1):
            return [f"the render has {frames} frames, not {float(wanted):.2f}"]
        return []

    def hear(self, shot, sound):
        """Where in the whole recording the render's sound is."""
        # Of a list that is not on frames, the neighbours may reach over the edges.
        edge = 0 if self.is_on_frames else 1 / self.rate
        first, last = (round(time * HEARD_HZ) for time in (shot.start + edge, shot.end - edge))
        part = sound[first:last]
        if len(part) < last - first - 1 or numpy.sqrt(numpy.mean(part**2)) < SILENCE:
            return {"error": "nothing is heard"}
        found = correlations(part, shot.path)
        place = int(numpy.argmax(found))
        away = ceil(HEARD_HZ / self.rate)
        elsewhere = numpy.concatenate((found[:max(place - away, 0)], found[place + away + 1:]))
        offset = Fraction(place, HEARD_HZ) - (shot.source + edge)
        heard = {"offset_ms": round(float(offset * 1000), 3), "correlation": round(float(found[place]), 4),
                 "elsewhere": round(float(elsewhere.max()), 4), "error": None}
        if found[place] < LEAST_CORRELATION:
            heard["error"] = f"the sound is not the recording's: {heard['correlation']}"
        elif found[place] - elsewhere.max() < LEAST_LEAD:
            heard["error"] = f"the recording has that sound twice: {heard['elsewhere']}"
        elif abs(offset) * self.rate > 1:
            heard["error"] = f"the sound is {heard['offset_ms']} ms off"
        return heard

    def see(self, shot, numbers):
        """The numbers of all frames; of media with another rate, those on screen at the time."""
        start, end, source = (self.whole_frame(time) for time in (shot.start, shot.end, shot.source))
        wanted = [floor(index / self.rate * frame_rate(shot.path)) for index in range(source, source + end - start)]
        shown = numbers[start:end]
        seen = {"first": shown[0] if shown else None, "wanted": wanted[0], "frames": len(wanted), "error": None}
        wrong = [index for index in range(len(wanted)) if index >= len(shown) or shown[index] != wanted[index]]
        if wrong:
            index = wrong[0]
            shown = shown[index] if index < len(shown) else None
            seen["error"] = f"{len(wrong)} frames, the first {index}: it shows {shown}, not {wanted[index]}"
        return seen

    def gap_errors(self, numbers, sound):
        """Between shots nothing is seen or heard."""
        ends = [Fraction(0)] + [shot.end for shot in self.shots]
        for gap_start, shot in zip(ends, self.shots):
            first, last = self.whole_frame(gap_start), self.whole_frame(shot.start)
            if any(number is not None for number in numbers[first:last]):
                yield f"a picture in the gap before {shot.name}"
            # Filters ring for a moment.
            first, last = (round(time * HEARD_HZ) for time in (gap_start + RINGING, shot.start - RINGING))
            heard = sound[max(first, 0):max(last, 0)]
            if len(heard) and numpy.abs(heard).max() > SILENCE:
                yield f"a sound in the gap before {shot.name}"

    def run(self, numbers, sound):
        report = {"list": self.name, "errors": self.length_error(len(numbers)), "shots": []}
        for shot in self.shots:
            entry = {"clip": shot.name, "sound": self.hear(shot, sound)}
            if self.is_on_frames:
                entry["picture"] = self.see(shot, numbers)
            report["shots"].append(entry)
        if self.is_on_frames:
            report["errors"] += self.gap_errors(numbers, sound)
        return report


def errors_of(reports):
    """All that is wrong, each in a line."""
    for report in reports:
        yield from (f"{report['edit']}: {error}" for error in report["errors"])
        for part in report["lists"]:
            name = f"{report['edit']} by {part['list']}"
            yield from (f"{name}: {error}" for error in part["errors"])
            for shot in part["shots"]:
                yield from (f"{name}: {shot['clip']}: {shot[sense]['error']}"
                            for sense in ("sound", "picture") if sense in shot and shot[sense]["error"])


def missed(reports):
    """Shots whose sound or picture is taken for right."""
    for report in reports:
        for part in report["lists"]:
            yield from (f"{report['edit']} by {part['list']}: {shot['clip']}: {sense}" for shot in part["shots"]
                        for sense in ("sound", "picture") if sense in shot and not shot[sense]["error"])


def check(folder, entry, media, later):
    report = {"edit": entry["edit"], "errors": [], "frames": 0, "lists": []}
    try:
        rate, output = Fraction(entry["rate"]), folder / (entry["edit"] + ".mov")
        pictures, sounds = read_edit(folder / entry["edit"], rate)
        require(pictures, "nothing of it is picture")
        render(pictures, sounds, rate, output)
        require(frame_rate(str(output)) == rate, "the render has another rate")
        numbers, sound = numbers_of(output), sound_of(str(output))
        report["frames"] = len(numbers)
        if abs(len(sound) / HEARD_HZ - len(numbers) / rate) > 0.001:
            report["errors"].append(f"{len(sound) / HEARD_HZ} s of sound with {len(numbers)} frames")
        report["lists"] = [Check(folder / name, media, rate, later).run(numbers, sound) for name in entry["lists"]]
    except Difference as difference:
        report["errors"].append(str(difference))
    except Exception as error:  # a parser that does not take the file
        report["errors"].append(f"{type(error).__name__}: {error}")
    return report


def main(arguments):
    self_test = "--self-test" in arguments
    folders = [argument for argument in arguments if not argument.startswith("-")]
    if len(folders) != 1 or set(arguments) - set(folders) - {"--self-test"}:
        sys.exit(__doc__)
    folder = pathlib.Path(folders[0])
    warnings.simplefilter("ignore")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    later = SELF_TEST_FRAMES if self_test else 0
    reports = [check(folder, entry, manifest["media"], later) for entry in manifest["renders"]]
    # Without a shot nothing can be missed.
    empty = [report["edit"] for report in reports if not report["lists"]]
    wrong = list(missed(reports)) + empty if self_test else list(errors_of(reports))
    json.dump({"wrong": wrong, "renders": reports}, sys.stdout)
    sys.exit(1 if wrong or not reports else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
