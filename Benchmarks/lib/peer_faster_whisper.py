"""faster-whisper in a process of its own: `peer_faster_whisper.py WEIGHTS OUT.json [--filter] [--words] [--beam N] [--alone] FILE`.

Greedy if no beam is given, no temperature fallback, weights in eight bits. With `--alone` no window is told the text before it.
"""

import argparse
import json
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights")
    parser.add_argument("output", type=Path)
    parser.add_argument("--words", action="store_true")
    parser.add_argument("--filter", action="store_true")
    parser.add_argument("--beam", type=int, default=1)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--language", default="en")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("file")
    given = parser.parse_args()

    from faster_whisper import WhisperModel

    model = WhisperModel(given.weights, device="cpu", compute_type="int8", cpu_threads=given.threads, num_workers=1,
                         local_files_only=True)
    segments, about = model.transcribe(
        given.file, language=None if given.language == "auto" else given.language, beam_size=given.beam, best_of=1,
        temperature=0.0, vad_filter=given.filter, word_timestamps=given.words,
        condition_on_previous_text=not given.alone)
    text, words = "", []
    for segment in segments:
        text += segment.text
        words += [(word.word, float(word.start), float(word.end)) for word in segment.words or []]
    given.output.write_text(json.dumps(dict(text=text, words=words, language=about.language)))


if __name__ == "__main__":
    main()
