"""`peer_beats.py SYSTEM OUTPUT RECORDING...`: beats by librosa, aubio, essentia or madmom, as their users run them.

OUTPUT gets the beats by file stem, the seconds of sound, and the CPU seconds of this process without start-up and reading.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly


def librosa_system():
    import librosa

    def run(samples, rate):
        beats = librosa.beat.beat_track(y=samples, sr=rate, units="time")[1].tolist()
        return dict(beats=beats, downbeats=beats[::4])  # as the older code base had it
    return run


def aubio_system():
    import aubio

    def run(samples, rate):
        tracker, beats = aubio.tempo("default", 1024, 512, rate), []
        for start in range(0, len(samples) - 511, 512):
            if tracker(samples[start : start + 512]):
                beats.append(float(tracker.get_last_s()))
        return dict(beats=beats)
    return run


def essentia_system():
    import essentia

    essentia.log.infoActive = False
    import essentia.standard

    extractor = essentia.standard.RhythmExtractor2013(method="multifeature")

    def run(samples, rate):
        if rate != 44100:
            samples = essentia.standard.Resample(inputSampleRate=rate, outputSampleRate=44100)(samples)
        return dict(beats=[float(time) for time in extractor(samples)[1]])
    return run


def madmom_system():
    from madmom.audio.signal import Signal
    from madmom.features.downbeats import DBNDownBeatTrackingProcessor, RNNDownBeatProcessor

    network = RNNDownBeatProcessor()
    decoder = DBNDownBeatTrackingProcessor(beats_per_bar=[3, 4], fps=100)

    def run(samples, rate):
        if rate != 44100:
            samples = resample_poly(samples, 44100, rate).astype("float32")
        found = decoder(network(Signal(samples, sample_rate=44100, num_channels=1)))
        return dict(beats=[float(time) for time, _ in found],
                    downbeats=[float(time) for time, position in found if position == 1])
    return run


SYSTEMS = dict(librosa=librosa_system, aubio=aubio_system, essentia=essentia_system, madmom=madmom_system)


def main() -> None:
    name, output, recordings = sys.argv[1], Path(sys.argv[2]), [Path(path) for path in sys.argv[3:]]
    run = SYSTEMS[name]()
    run(np.sin(np.arange(22050 * 8) / 3).astype("float32"), 22050)  # what is compiled or loaded on first use
    results, seconds, cpu = {}, 0.0, 0.0
    for recording in recordings:
        samples, rate = soundfile.read(recording, dtype="float32", always_2d=True)
        samples = np.ascontiguousarray(samples.mean(1))
        seconds += len(samples) / rate
        begun = time.process_time()
        results[recording.stem] = run(samples, rate)
        cpu += time.process_time() - begun
    output.write_text(json.dumps(dict(results=results, seconds=seconds, cpu_seconds=cpu)))


if __name__ == "__main__":
    main()
