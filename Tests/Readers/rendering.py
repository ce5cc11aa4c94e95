"""The render of an edit and what is in it, by ffmpeg."""
import functools
import subprocess
from fractions import Fraction

import numpy

from edit_facts import frame
from rows import require

# Of a picture that shows its number.
BLOCKS, BLOCK = 16, 8
WIDTH, HEIGHT = BLOCKS * BLOCK, 2 * BLOCK
RENDER_HZ, HEARD_HZ = 48_000, 16_000


class Cut:
    """A clip: a file, its frames at the rate of the edit, and where they are shown."""

    def __init__(self, path, source, start, end):
        self.path, self.source, self.start, self.end = path, source, start, end


def run(*command):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    require(result.returncode == 0, f"{command[0]}: {result.stderr.decode(errors='replace')[-400:]}")
    return result.stdout


def ffmpeg(*arguments):
    return run("ffmpeg", "-nostdin", "-v", "error", "-y", *arguments)


def with_gaps(cuts, length):
    """Cuts and, as lengths, the gaps between them."""
    position = 0
    for cut in cuts:
        if position < cut.start:
            yield cut.start - position
        yield cut
        position = cut.end
    if position < length:
        yield length - position


def render(pictures, sounds, rate, output):
    """One file, all cut at whole frames: the picture that the media shows then, and the nearest samples of sound."""
    length = max(cut.end for cut in pictures + sounds)
    inputs, chains = [], []
    sample = lambda count: frame(Fraction(count) / rate * 1000, RENDER_HZ)

    def open_input(cut):
        inputs.extend(("-i", cut.path))
        return len(inputs) // 2 - 1

    parts = list(with_gaps(pictures, length))
    for number, part in enumerate(parts):
        if isinstance(part, Cut):
            # A media frame is on screen from the first frame of the edit that does not start before it.
            window = f"start_frame={part.source}:end_frame={part.source + part.end - part.start}"
            chain = f"[{open_input(part)}:v]fps={rate}:start_time=0:round=up,trim={window}"
        else:
            chain = f"color=black:s={WIDTH}x{HEIGHT}:r={rate},trim=end_frame={part}"
        chains.append(f"{chain},setpts=PTS-STARTPTS,format=gray,setsar=1[v{number}]")
    pads = "".join(f"[v{number}]" for number in range(len(parts)))
    chains.append(f"{pads}concat=n={len(parts)}:v=1:a=0,setpts=N/({rate}*TB)[picture]")

    parts, position = list(with_gaps(sounds, length)), 0
    for number, part in enumerate(parts):
        frames = part.end - part.start if isinstance(part, Cut) else part
        samples = sample(position + frames) - sample(position)
        position += frames
        if isinstance(part, Cut):
            first = sample(part.source)
            chain = (f"[{open_input(part)}:a]aresample={RENDER_HZ},atrim=start_sample={first}"
                     f":end_sample={first + samples},apad=whole_len={samples}")
        else:
            chain = f"anullsrc=r={RENDER_HZ}:cl=mono,atrim=end_sample={samples}"
        chains.append(f"{chain},asetpts=PTS-STARTPTS,aformat=flt:{RENDER_HZ}:mono[a{number}]")
    pads = "".join(f"[a{number}]" for number in range(len(parts)))
    chains.append(f"{pads}concat=n={len(parts)}:v=0:a=1[sound]")

    ffmpeg(*inputs, "-filter_complex", ";".join(chains), "-map", "[picture]", "-map", "[sound]", "-r", str(rate),
           "-c:v", "ffv1", "-c:a", "pcm_s16le", str(output))


@functools.cache
def frame_rate(path):
    return Fraction(run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=r_frame_rate",
                        "-of", "csv=p=0", path).decode().strip().rstrip(","))


@functools.cache
def sound_of(path):
    data = ffmpeg("-i", path, "-map", "0:a:0", "-ac", "1", "-ar", str(HEARD_HZ), "-f", "f32le", "-")
    return numpy.frombuffer(data, "<f4")


def numbers_of(path):
    """The number that each frame shows; None where there is none."""
    data = ffmpeg("-i", str(path), "-map", "0:v:0", "-pix_fmt", "gray", "-f", "rawvideo", "-")
    blocks = numpy.frombuffer(data, numpy.uint8).reshape(-1, 2, BLOCK, BLOCKS, BLOCK).mean(axis=(2, 4)) > 127
    values = blocks[:, 0] @ (1 << numpy.arange(BLOCKS))
    return [int(value) if valid else None for value, valid in zip(values, (blocks[:, 0] != blocks[:, 1]).all(axis=1))]


@functools.cache
def spectrum_of(path):
    """Of a file's sound with at least a frame of silence after it: length, spectrum, and energy up to each sample."""
    sound = sound_of(path)
    # A length that the transform is fast with.
    size = -(-(len(sound) + HEARD_HZ) // (1 << 16)) << 16
    sound = numpy.pad(sound, (0, size - len(sound)))
    return size, numpy.fft.rfft(sound), numpy.pad(numpy.cumsum(sound**2, dtype=float), (1, 0))


def correlations(part, path):
    """The normalised cross-correlation of a part with every place of a file's sound."""
    size, spectrum, sums = spectrum_of(path)
    products = numpy.fft.irfft(spectrum * numpy.fft.rfft(part, size).conj(), size)
    own, energies = numpy.sum(part**2, dtype=float), sums[len(part):] - sums[:-len(part)]
    # Where a recording is silent, nothing is found.
    return products[:len(energies)] / numpy.sqrt(own * numpy.maximum(energies, own / 1000))
