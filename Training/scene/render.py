"""Renders music with FluidSynth: render.py --fonts A.sf2 [B.sf3 ...] --midi DIR [DIR ...] --out DIR [--solo N]

Two kinds: General MIDI files found below the given folders, and `solo` pieces written here: one to three instruments,
a random scale, melody, chords and drums, so that thin textures (a lone piano, a plucked string, a drum loop) occur too.
"""
import argparse, glob, os, random, subprocess
import mido

SCALES = [[0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10], [0, 2, 4, 7, 9], [0, 3, 5, 7, 10], [0, 2, 3, 5, 7, 9, 10]]


def solo(seed, path):
    rng = random.Random(seed)
    midi = mido.MidiFile(ticks_per_beat=480)
    tempo = mido.bpm2tempo(rng.uniform(60, 170))
    scale, tonic = rng.choice(SCALES), rng.randrange(48, 60)
    voices = rng.choice([["melody"], ["melody"], ["chords"], ["drums"], ["melody", "chords"], ["arpeggio"],
                         ["arpeggio", "bass"], ["melody", "chords", "drums"], ["bass", "drums"], ["pad"]])
    pitch = lambda degree, octave: tonic + 12 * (octave + degree // len(scale)) + scale[degree % len(scale)]
    roots = [rng.randrange(len(scale)) for _ in range(4)]
    for channel, voice in enumerate(voices):
        track = mido.MidiTrack()
        midi.tracks.append(track)
        track.append(mido.MetaMessage("set_tempo", tempo=tempo))
        port = 9 if voice == "drums" else channel
        track.append(mido.Message("program_change", channel=port, program=rng.randrange(0, 104)))
        events, degree = [], 7
        for bar in range(20):
            root, start = roots[bar % 4], bar * 1920
            if voice == "melody":
                position = 0
                while position < 1920:
                    length = rng.choice([240, 240, 480, 480, 720, 960])
                    degree = max(0, min(16, degree + rng.choice([-2, -1, -1, 0, 1, 1, 2])))
                    if rng.random() < 0.9:
                        events.append((start + position, length, pitch(degree, 0), rng.randrange(60, 110)))
                    position += length
            elif voice in ("chords", "pad"):
                for hit in ([0] if voice == "pad" else [0, 960]):
                    for offset in (0, 2, 4):
                        events.append((start + hit, 1900 if voice == "pad" else 900, pitch(root + offset, 0), 75))
            elif voice == "arpeggio":
                for step in range(8):
                    events.append((start + step * 240, 230, pitch(root + [0, 2, 4, 7][step % 4], 0), 85))
            elif voice == "bass":
                for step in range(4):
                    events.append((start + step * 480, 460, pitch(root, -1), 95))
            else:
                for step in range(8):
                    events.append((start + step * 240, 100, 42, rng.randrange(50, 90)))
                    if step in (0, 4) or rng.random() < 0.1:
                        events.append((start + step * 240, 100, 36, 110))
                    if step in (2, 6):
                        events.append((start + step * 240, 100, 38, 105))
        messages = [(t, "note_on", n, v) for t, _, n, v in events] + [(t + l, "note_off", n, 0) for t, l, n, _ in events]
        clock = 0
        for time, kind, note, velocity in sorted(messages, key=lambda m: (m[0], m[1] == "note_on")):
            track.append(mido.Message(kind, channel=port, note=max(0, min(127, note)), velocity=velocity,
                                      time=time - clock))
            clock = time
    midi.save(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", nargs="+", required=True)
    parser.add_argument("--midi", nargs="*", default=[])
    parser.add_argument("--out", required=True)
    parser.add_argument("--solo", type=int, default=120)
    arguments = parser.parse_args()
    for kind in ("midi", "solo"):
        os.makedirs(os.path.join(arguments.out, kind), exist_ok=True)
    work = []
    for folder in arguments.midi:
        files = sorted(glob.glob(folder + "/**/*.mid", recursive=True))
        work += [(f, "midi", f"{i}_{os.path.splitext(os.path.basename(f))[0]}") for i, f in enumerate(files)]
    for index in range(arguments.solo):
        path = os.path.join(arguments.out, "solo", f"{index:03d}.mid")
        solo(1000 + index, path)
        work.append((path, "solo", f"{index:03d}"))
    for index, (path, kind, name) in enumerate(work):
        target = os.path.join(arguments.out, kind, name + ".wav")
        font = arguments.fonts[index % len(arguments.fonts)]
        raw = subprocess.Popen(["fluidsynth", "-ni", "-q", "-r", "32000", "-g", "0.6", "-R", str(index % 2), "-T", "raw",
                                "-F", "-", font, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        subprocess.run(["ffmpeg", "-v", "quiet", "-nostdin", "-y", "-f", "s16le", "-ar", "32000", "-ac", "2", "-i", "-", "-t",
                        "45", "-ac", "1", "-ar", "16000", target], stdin=raw.stdout)
        raw.stdout.close()
        raw.kill()
        raw.wait()


if __name__ == "__main__":
    main()
