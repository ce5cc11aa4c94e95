"""When the words of the prompts are spoken: by the prompts' own edges, and by pocketsphinx, which is given the text."""

import re
from pathlib import Path

from score_words import DIGITS, normalized

MARGIN = 0.2  # of sound around a prompt; there are 0.4 s between them
FRAMES = 100  # of pocketsphinx, a second
SPOKEN = {digit: word for word, digit in DIGITS["en"].items() if word != "oh"}


def edges(truth: list, language: str = "en") -> list:
    """Normalized (word, start, end) with the start of the first word of each prompt and the end of its last."""
    result = []
    for line in truth:
        words = normalized(line["text"], language)
        result += [(word, line["start"] if index == 0 else None, line["end"] if index == len(words) - 1 else None)
                   for index, word in enumerate(words)]
    return result


def aligned(recording: Path, truth: list) -> tuple:
    """The same with both times of each word, and the number of prompts that have them.

    English only. A prompt with a word that pocketsphinx's dictionary lacks has no times.
    """
    import soundfile
    from pocketsphinx import Decoder

    samples, rate = soundfile.read(recording, dtype="int16")
    decoder = Decoder(lm=None, loglevel="FATAL")
    result, prompts = [], 0
    for line in truth:
        words = normalized(line["text"])
        begin = max(0, line["start"] - MARGIN)
        found = align(decoder, samples[int(begin * rate) : int((line["end"] + MARGIN) * rate)], line["text"])
        if [word for word, _, _ in found] == words:
            result += [(word, begin + start, begin + end) for word, start, end in found]
            prompts += 1
        else:
            result += [(word, None, None) for word in words]
    return result, prompts


def align(decoder, samples, text: str) -> list:
    """Normalized (word, start, end) in seconds from the samples' start; nothing when the words are not all known."""
    words = [SPOKEN.get(word, word) for word in re.findall(r"[a-z']+|\d", text.lower())]
    if any(decoder.lookup_word(word) is None for word in words):
        return []
    decoder.set_align_text(" ".join(words))
    decoder.start_utt()
    decoder.process_raw(samples.tobytes(), full_utt=True)
    decoder.end_utt()
    result = []
    for segment in decoder.seg() or []:
        for word in normalized(re.sub(r"\(\d+\)|<.*>|\[.*\]", "", segment.word)):
            result.append((word, segment.start_frame / FRAMES, (segment.end_frame + 1) / FRAMES))
    return result
