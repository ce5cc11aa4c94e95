"""openai-whisper in a process of its own: `peer_whisper.py WEIGHTS OUT.json [--words] [--signal] FILE...`

Greedy, no temperature fallback. With `--signal` it also does what the specification's older code
base did with librosa: load, beats, split at 28 dB and levels.
"""

import argparse
import json
from pathlib import Path


def signal(path: str) -> dict:
    import librosa

    samples, rate = librosa.load(path, sr=22050, mono=True)
    tempo, beats = librosa.beat.beat_track(y=samples, sr=rate, units="time")
    parts = librosa.effects.split(samples, top_db=28)
    levels = librosa.feature.rms(y=samples)
    return dict(beats=len(beats), parts=len(parts), levels=int(levels.shape[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights")
    parser.add_argument("output", type=Path)
    parser.add_argument("--words", action="store_true")
    parser.add_argument("--language", default="en")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--signal", action="store_true")
    parser.add_argument("files", nargs="+")
    given = parser.parse_args()

    import torch
    import whisper

    torch.set_num_threads(given.threads)
    model = whisper.load_model(given.weights, device="cpu")
    model.set_alignment_heads(whisper._ALIGNMENT_HEADS[Path(given.weights).stem])  # known by name only, not by file
    result = {}
    for path in given.files:
        spoken = model.transcribe(
            path, language=given.language, temperature=0.0, fp16=False, word_timestamps=given.words)
        words = [(word["word"], float(word["start"]), float(word["end"]))
                 for segment in spoken["segments"] for word in segment.get("words", [])]
        result[Path(path).stem] = dict(text=spoken["text"], words=words, signal=signal(path) if given.signal else None)
    given.output.write_text(json.dumps(result))


if __name__ == "__main__":
    main()
