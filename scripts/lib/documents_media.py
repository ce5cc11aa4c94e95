"""What documents work on: recordings made of the fixture, a database and a bucket."""

import re
import shutil
import subprocess

from chaos_postgres import Postgres
from chaos_s3 import start_s3
from chaos_stage import Stage

# What a document's name gets: which seconds of Fixtures/harbour.flac, and how ffmpeg writes them. The fixture has a voice
# (1.5 to 7.6 s), music (10.5 to 41.7 s, with another voice over it from 24 s), rain (44 to 47.5 s), the first voice twice
# (49 to 54.3 s) and music (57 to 64.4 s); see Fixtures/README.md.
WHOLE, SONG = [(0, 66)], [(10, 42)]
PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-map", "1:a", "-map", "0:v", "-shortest",
           "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"]
OTHER_PICTURE = [part.replace("testsrc2=", "smptebars=") for part in PICTURE]
MP3 = ["-c:a", "libmp3lame", "-b:a", "128k"]
RECORDINGS = {
    "talk.mp3": (WHOLE, MP3),                      # an episode: two voices, music, rain
    "episode.mp3": ([(0, 66), (36, 66)], MP3),     # longer: the rain and what comes after it once more
    "film.mp4": (WHOLE, PICTURE),                  # the same as the sound of a picture
    "song.wav": (SONG, []),                        # music with a voice over its second half
    "close.mp4": (SONG, PICTURE),                  # two cameras that filmed while the song was played
    "wide.mp4": (SONG, OTHER_PICTURE),
    "takes/1.wav": ([(0, 10.4)], []),                # a folder of takes
    "takes/2.wav": ([(48.5, 57)], []),
    "field/dawn.wav": ([(0, 10.4)], []),             # a folder from a field recorder: a voice;
    "field/rain.wav": ([(41.8, 57)], []),            # rain and wind, then a voice;
    "field/square.wav": ([(36, 48)], []),            # the end of the music, silence, rain
}


class Recordings:
    """Makes each of them once."""

    def __init__(self, fixture, folder):
        self.fixture, self.folder = fixture, folder

    def put(self, text, folder):
        """The recordings that a document names, by their names or by that of their folder."""
        if "harbour.flac" in text:
            shutil.copy(self.fixture, folder / "harbour.flac")
        for name, (windows, how) in RECORDINGS.items():
            asked = name.split("/")[0] + "/" if "/" in name else name
            if not re.search(r"(?<![\w./-])" + re.escape(asked), text):
                continue
            made = self.folder / name
            if not made.exists():
                self._make(made, windows, how)
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(made, folder / name)

    def _make(self, path, windows, how):
        path.parent.mkdir(parents=True, exist_ok=True)
        pictures = how[:how.index("-map")] if "-map" in how else []
        sounds = []
        for start, end in windows:
            sounds += ["-ss", str(start), "-t", str(end - start), "-i", str(self.fixture)]
        joined = ["-filter_complex", f"concat=n={len(windows)}:v=0:a=1"] if len(windows) > 1 else []
        subprocess.run(
            ["ffmpeg", "-nostdin", "-loglevel", "error", *pictures, *sounds, *joined, *how[len(pictures):], str(path)],
            check=True, timeout=120, stdin=subprocess.DEVNULL)


class Servers:
    """A PostgreSQL server and moto, as `scripts/bootstrap --with servers` installs them; started when they are needed.

    Documents share them: each names a database and a bucket of its own."""

    def __init__(self):
        self.stage = self.postgres = self.bucket = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.stage:
            self.stage.close()

    def prepare(self, text):
        """Starts what a document names, and makes its buckets."""
        if "db.example" in text and not self.postgres:
            self.postgres = Postgres(self._open())
            # A guide logs in as whom Debian's package makes.
            self.postgres.client().rows("CREATE ROLE postgres SUPERUSER LOGIN")
        if "s3.example" in text and not self.bucket:
            self.bucket = start_s3(self._open(), "moto")
        if self.bucket:
            for name in sorted(set(re.findall(r"s3://([a-z0-9-]+)", text))):
                self.bucket.name = name
                self.bucket.make()

    def _open(self):
        self.stage = self.stage or Stage("documents")
        return self.stage

    def replacements(self):
        """Pairs of what documents say and where it is."""
        pairs = []
        if self.postgres:
            pairs.append(("db.example", f"127.0.0.1:{self.postgres.port}"))
        if self.bucket:
            pairs.append(("https://s3.example", f"http://127.0.0.1:{self.bucket.port}"))
        return pairs
