"""What users glue together, on one long recording and in one process: `peer_long.py OUT.json WHISPER_WEIGHTS THREADS RECORDING`.

faster-whisper (tiny.en, int8, greedy, word times) with its Silero filter, librosa's beats, split and levels, and
inaSpeechSegmenter's network. OUT gets the seconds of each part, as far as they came.
"""

import json
import sys
import time
from pathlib import Path


def main() -> None:
    output, weights, threads, recording = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    import librosa
    import peers
    from faster_whisper import WhisperModel
    from ina_segmenter import InaSpeechSegmenter

    seconds, begun = {}, time.monotonic()

    def done(part: str) -> None:
        nonlocal begun
        now = time.monotonic()
        seconds[part] = now - begun
        begun = now
        output.write_text(json.dumps(seconds))

    done("load")
    model = WhisperModel(weights, device="cpu", compute_type="int8", cpu_threads=threads, num_workers=1,
                         local_files_only=True)
    segments, _ = model.transcribe(recording, language="en", beam_size=1, best_of=1, temperature=0.0, vad_filter=True,
                                   word_timestamps=True)
    words = sum(len(segment.words or []) for segment in segments)
    done("words")
    samples, rate = librosa.load(recording, sr=22050)
    done("read")
    librosa.beat.beat_track(y=samples, sr=rate)
    done("beats")
    librosa.effects.split(samples, top_db=peers.TOP_DB)
    librosa.feature.rms(y=samples)
    done("levels")
    samples = librosa.resample(samples, orig_sr=rate, target_sr=16000)
    segmenter = InaSpeechSegmenter(peers.package_file("inaSpeechSegmenter", "keras_speech_music_noise_cnn.hdf5"))
    segmenter.labels(samples)
    done("scene")
    output.write_text(json.dumps({**seconds, "word count": words}))


if __name__ == "__main__":
    main()
