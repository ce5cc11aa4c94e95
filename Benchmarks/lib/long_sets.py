"""Recordings that the topic long makes out of others: ten minutes, an hour and ten hours of real material; clicks."""

import functools
import json

import corpus
import numpy as np
import places
import soundfile

RATE = 44100
PART = 60  # seconds of one recording, one after the other
BLOCK = 600  # seconds; each has as much speech, programmes and music as the others
MINUTES = {"speech": 5, "programmes": 2, "music": 3}  # of a block
SEED = 8
LENGTHS = {"10 min": 600, "1 h": 3600, "10 h": 36000}


def recording(name: str):
    """A stereo recording of one of the lengths, from the cache, made when it is not there."""
    return made(f"material-{name.replace(' ', '-')}", lambda path: write_material(path, LENGTHS[name]))


def blocks() -> list:
    """The six ten-minute blocks of the hour, each a recording of its own."""
    def cut(number: int, path) -> None:
        samples, _ = soundfile.read(recording("1 h"), dtype="int16", start=number * BLOCK * RATE, frames=BLOCK * RATE)
        soundfile.write(path, samples, RATE, subtype="PCM_16")

    return [made(f"block-{number}", functools.partial(cut, number)) for number in range(LENGTHS["1 h"] // BLOCK)]


def made(name: str, make):
    folder = places.CACHE / "made-long"
    path = folder / f"{name}.flac"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f"{name}.part.flac"
        make(unfinished)
        unfinished.rename(path)
    return path


@functools.cache
def parts() -> dict:
    """Minutes of recordings at their own rates, by kind: paths with the second that each begins at."""
    kinds = {"speech": [corpus.speech_set(name)[0] for name in ("prompts-en", "en120", "two_cities")],
             "programmes": corpus.recordings("seg")[0],
             "music": corpus.recordings("beats")[0] + corpus.recordings("beats_real")[0]}
    found = {}
    for kind, paths in kinds.items():
        lengths = {path: soundfile.info(path).duration for path in paths}
        found[kind] = [(path, start) for path in paths for start in range(0, max(1, int(lengths[path])), PART)
                       if start == 0 or lengths[path] - start > PART / 2]
    return found


@functools.cache
def samples(path, start: int) -> np.ndarray:
    """A minute of a recording as stereo in whole numbers; a shorter one is repeated."""
    import soxr

    rate = soundfile.info(path).samplerate
    mono, _ = soundfile.read(path, dtype="float32", start=start * rate, frames=PART * rate)
    mono = np.resize(soxr.resample(mono, rate, RATE), PART * RATE)
    return np.repeat((np.clip(mono, -1, 1) * 32767).astype("int16")[:, None], 2, axis=1)


def write_material(path, seconds: int) -> None:
    """Blocks of ten minutes, each in an order of chance, the same for all lengths."""
    rng = np.random.default_rng(SEED)
    decks = {kind: [] for kind in MINUTES}
    with soundfile.SoundFile(path, "w", RATE, 2, "PCM_16") as file:
        for _ in range(seconds // BLOCK):
            minutes = []
            for kind, count in MINUTES.items():
                for _ in range(count):
                    if not decks[kind]:  # all of them before any comes again
                        decks[kind] = [parts()[kind][number] for number in rng.permutation(len(parts()[kind]))]
                    minutes.append(decks[kind].pop())
            for number in rng.permutation(len(minutes)):
                file.write(samples(*minutes[number]))


CLICK_RATE = 48000  # not a multiple of any rate that is analysed
CLICK_SECONDS = 0.5


def clicks(seconds: int):
    """A click each half second, all alike, the first one at zero."""
    return made(f"clicks-{seconds}", lambda path: write_clicks(path, seconds))


def write_clicks(path, seconds: int) -> None:
    count = int(0.03 * CLICK_RATE)
    time = np.arange(count) / CLICK_RATE
    period = np.zeros(int(CLICK_SECONDS * CLICK_RATE))
    period[:count] = 0.6 * np.cos(2 * np.pi * 1500 * time) * np.exp(-time / 0.005)
    minute = (np.tile(period, int(60 / CLICK_SECONDS)) * 32767).astype("int16")
    with soundfile.SoundFile(path, "w", CLICK_RATE, 1, "PCM_16") as file:
        for _ in range(seconds // 60):
            file.write(minute)
