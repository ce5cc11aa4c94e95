"""What was said, in files that divide it as they like: no character may be lost, and times are those of words."""
import unicodedata

from rows import require


def clean(text):
    """One line without anything invisible, as every export shows a text."""
    kept = (letter for letter in text or ""
            if letter.isspace() or letter in "\u200c\u200d"
            or unicodedata.category(letter) not in ("Cc", "Cf", "Co", "Cs"))
    return " ".join("".join(kept).split())


def speech(facts):
    return [event for event in facts["events"] if event["kind"] == "speech"]


def spoken_text(event):
    """What was said; the words stand in for a missing transcript."""
    text = event["transcription"]
    if text is None:
        text = " ".join(word["word"] for word in event["words"] or [])
    return clean(text) if event["kind"] == "speech" else ""


class Unit:
    """A word, or all that a span of speech without words says."""

    def __init__(self, text, start_ms, end_ms, event):
        self.text, self.start_ms, self.end_ms, self.event = text, start_ms, end_ms, event


def laid_out(text, event):
    """The parts of a text whose words have no times, laid out over its span by the number of letters."""
    length, total, count = event["end_ms"] - event["start_ms"], sum(map(len, text.split())), 0
    for part in text.split():
        start = event["start_ms"] + length * count // total
        count += len(part)
        yield Unit(part, start, event["start_ms"] + length * count // total, event)


def words_of(facts):
    """The words, in order of time; where nobody knows their times, guessed ones."""
    units = []
    for event in facts["events"]:
        if event["kind"] != "speech":
            continue
        if event["words"]:
            units += [Unit(clean(word["word"]), word["start_ms"], word["end_ms"], event) for word in event["words"]]
        elif clean(event["transcription"]):
            units += laid_out(clean(event["transcription"]), event)
    return units


def compare_spoken(found, units, duration_ms, longest_ms, shortest_ms=0, same=lambda text: text):
    """`found` are (start, end, text, speaker or None), each starting and ending with a word or inside of a long one.

    Only those shorter than `shortest_ms` may go on after their last word, as long as there is room; only a word that
    alone lasts longer than `longest_ms` may go on after its text.
    """
    letters = [(letter, index) for index, unit in enumerate(units) for letter in same(unit.text) if letter != " "]
    position = 0
    for number, (start, end, text, speaker) in enumerate(found):
        text = [letter for letter in same(text) if not letter.isspace()]
        require(text, f"text {number} is empty")
        part = letters[position:position + len(text)]
        said = "".join(letter for letter, _ in part)
        require(said == "".join(text), f"text {number} is {''.join(text)!r}, not {said!r}")
        first, last = units[part[0][1]], units[part[-1][1]]
        begins = position == 0 or letters[position - 1][1] != part[0][1]
        position += len(text)
        ends = position == len(letters) or letters[position][1] != part[-1][1]
        require(start == first.start_ms if begins else first.start_ms <= start < first.end_ms,
                f"text {number} starts at {start}, its first word at {first.start_ms}")
        room = found[number + 1][0] if number + 1 < len(found) else max(duration_ms, last.end_ms)
        if ends:
            last_ms = min(last.end_ms, start + longest_ms) if first is last else last.end_ms
            wanted = max(last_ms, min(start + shortest_ms, room))
            require(end == wanted, f"text {number} ends at {end}, not at {wanted}")
        require(start < end <= max(room, last.end_ms), f"text {number} lasts {start} to {end}, the next from {room}")
        require(first.event is last.event, f"text {number} goes on from one span of speech to another")
        require(speaker is None or speaker == clean(first.event["speaker_id"]),
                f"text {number} is said by {speaker!r}, not {first.event['speaker_id']!r}")
    require(position == len(letters), f"nothing shows {''.join(letter for letter, _ in letters[position:])[:40]!r}")
    return len(found)
