"""What the exports of an edit list have to hold, in whole frames: all from exact fractions."""
from decimal import Decimal
from fractions import Fraction
from math import floor

from rows import compare, require
from spoken import clean

# Boundaries of frames are rarely doubles: a nanosecond, which is more than these are off by, counts as nothing.
NOTHING_MS = Fraction(1, 10**6)


def exact(milliseconds):
    """Of a fraction, or of the decimal notation of an exact number."""
    return milliseconds if isinstance(milliseconds, Fraction) else Fraction(Decimal(milliseconds))


def frame(milliseconds, rate):
    """The nearest frame, halves up."""
    return floor(exact(milliseconds) * rate / 1000 + Fraction(1, 2))


def last_frame(milliseconds, rate):
    """The last frame that is not after a time."""
    return floor((exact(milliseconds) + NOTHING_MS) * rate / 1000)


def whole_frames(milliseconds, rate):
    """Those of media of a length, which is known to a millisecond: one counts that ends so much later, but no more than
    a quarter of itself."""
    return last_frame(exact(milliseconds) + min(Fraction(1), 250 / rate), rate)


def rate_of(facts):
    return Fraction(*facts["rate"])


def media_frames(shot, rate):
    """None where nobody knows; where the facts know better than the length that exporters were given, what they say."""
    if shot["media_frames"] is not None or shot["media_duration_ms"] is None:
        return shot["media_frames"]
    return whole_frames(shot["media_duration_ms"], rate)


def expected_shots(facts):
    """Shots as rows (name, record in, record out, source in, source out); those shorter than half a frame are none."""
    rate = rate_of(facts)
    shots = []
    for shot in facts["shots"]:
        start, length = (exact(shot[key]) for key in ("target_start_ms", "duration_ms"))
        record_in, record_out = frame(start, rate), frame(start + length, rate)
        source_in, last = frame(shot["source_start_ms"], rate), media_frames(shot, rate)
        # It starts a frame earlier, or ends with its media.
        if last is not None and source_in + record_out - record_in > last:
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


def mark_length(mark, start, rate):
    """Frames, 0 for a point."""
    return max(frame(exact(mark["at_ms"]) + exact(mark["duration_ms"]), rate) - start, 0)


def sequence_marks(facts):
    """Marks of the sequence as rows (name, frame, length)."""
    rate = rate_of(facts)
    starts = [(mark, frame(mark["at_ms"], rate)) for mark in facts["markers"]]
    return [(clean(mark["name"]), start, mark_length(mark, start, rate)) for mark, start in starts]


def shot_marks(facts):
    """Marks whose frame is one of their shot's source frames, as rows (shot, name, source frame, sequence frame,
    length up to the shot's end)."""
    rate = rate_of(facts)
    windows = {name: (start, source, end) for name, start, _, source, end in expected_shots(facts)}
    marks = []
    for shot in facts["shots"]:
        start, source_in, source_out = windows.get(clean(shot["name"]), (0, 0, 0))
        for mark in shot["markers"]:
            at = frame(mark["at_ms"], rate)
            if source_in <= at < source_out:
                length = min(mark_length(mark, at, rate), source_out - at)
                marks.append((clean(shot["name"]), clean(mark["name"]), at, at - source_in + start, length))
    return marks


def shots_by_name(facts):
    """The shots by the names that exports have; shots that share one share all that is not a time."""
    return {clean(shot["name"]): shot for shot in facts["shots"]}


def whole(time, rate):
    """The frames of a RationalTime or of exact seconds."""
    if isinstance(time, Fraction):
        frames = time * rate
        require(frames.denominator == 1, f"{time} s is no whole frame of {rate}")
        return frames.numerator
    require(time.rate == float(rate), f"a time of rate {time.rate}, not {float(rate)}")
    require(time.value == int(time.value), f"{time.value} is no whole frame")
    return int(time.value)
