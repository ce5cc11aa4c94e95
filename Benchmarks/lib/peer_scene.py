"""`peer_scene.py SYSTEM OUTPUT RECORDING...`: one label a frame by inaSpeechSegmenter, by a voice activity detector, or
by a detector and librosa's split, which is the older code base's rule.

OUTPUT gets the events by file stem, the seconds of sound, and the CPU seconds of this process without start-up and
reading.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import peers
import soundfile
from ina_segmenter import InaSpeechSegmenter
from score_scene import FRAME, KINDS, frame_labels

RATE = 16000


def true_speech(path: Path) -> list:
    """What a perfect detector would find."""
    truth = json.loads(path.with_suffix(".json").read_text())
    return [(event["start"], event["end"]) for event in truth["events"] if event["type"] == "speech"]


def ina_system():
    segmenter = InaSpeechSegmenter(peers.package_file("inaSpeechSegmenter", "keras_speech_music_noise_cnn.hdf5"))
    return lambda samples, path: segmenter.labels(samples)


def detector_system(detect, splits: bool):
    """`detect` finds speech; without librosa's split, everything else is silence."""
    def run(samples, path):
        sounding = peers.librosa_sound(samples, RATE) if splits else []
        return frame_labels(peers.old_rule(sounding, detect(samples, path)), int(len(samples) / RATE / FRAME))
    return run


def silero_system(splits: bool):
    silero = peers.Silero()
    return detector_system(lambda samples, path: silero.speech(samples), splits)


SYSTEMS = {
    "ina": ina_system,
    "silero": lambda: silero_system(splits=False),
    "split+silero": lambda: silero_system(splits=True),
    "split+webrtcvad": lambda: detector_system(lambda samples, path: peers.webrtc_speech(samples), splits=True),
    "split+truth": lambda: detector_system(lambda samples, path: true_speech(path), splits=True),
}


def events(labels: np.ndarray, seconds: float) -> list:
    """Runs of equal labels; the last one reaches to the end."""
    edges = [0, *(np.where(np.diff(labels))[0] + 1), len(labels)]
    times = [float(edge * FRAME) for edge in edges[:-1]] + [seconds]
    return [dict(type=KINDS[labels[first]], start=start, end=end) for first, start, end in zip(edges, times, times[1:])]


def main() -> None:
    name, output, recordings = sys.argv[1], Path(sys.argv[2]), [Path(path) for path in sys.argv[3:]]
    run = SYSTEMS[name]()
    if name != "split+truth":
        run(np.sin(np.arange(RATE * 4) / 3).astype("float32"), None)  # what is compiled or loaded on first use
    results, seconds, cpu = {}, 0.0, 0.0
    for recording in recordings:
        samples, rate = soundfile.read(recording, dtype="float32")
        if rate != RATE or samples.ndim > 1:
            raise SystemExit(f"{recording.name}: mono sound at {RATE} Hz is expected")
        seconds += len(samples) / RATE
        begun = time.process_time()
        results[recording.stem] = events(run(samples, recording), len(samples) / RATE)
        cpu += time.process_time() - begun
    output.write_text(json.dumps(dict(results=results, seconds=seconds, cpu_seconds=cpu)))


if __name__ == "__main__":
    main()
