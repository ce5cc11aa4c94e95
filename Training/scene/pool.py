"""Decodes the source sounds to 16 kHz mono once: pool.py --root DIR [--root DIR ...] --out POOL.npz [--more]

Each file becomes one int16 clip with a group and a kind (speech, singing, music, other). What the benchmark mixes its
fresh programmes from (`scene_fresh` in Benchmarks/corpus/sources.json) is not in the table and must not be. A root is a
folder into which packages were unpacked (fetch.sh). With --more it is the table `MORE`, a pool of its own. Deterministic: files are taken in sorted order, subsets by a seeded
generator.
"""
import argparse, glob, os, random, re, subprocess, sys
from concurrent.futures import ProcessPoolExecutor
import numpy as np
import soundfile as sf
from scipy.signal import resample_poly

RATE = 16000
# kind, group, pattern, at most this many files, seconds of each file at most
SOURCES = [
    ("speech", "ast_en", "usr/share/asterisk/sounds/en_US*/**/*.wav", 250, 12),
    ("speech", "ast_es", "usr/share/asterisk/sounds/es_MX*/**/*.wav", 250, 12),
    ("speech", "ast_fr", "usr/share/asterisk/sounds/fr_CA*/**/*.wav", 250, 12),
    ("speech", "ast_co", "usr/share/asterisk/sounds/es/**/*.gsm", 150, 12),
    ("speech", "ast_armelle", "usr/share/asterisk/sounds/fr/**/*.gsm", 150, 12),
    ("speech", "fillets_nl", "usr/share/games/fillets-ng/sound/*/nl/*-m-*.ogg", 250, 12),
    ("speech", "cities", "ms/two_cities.wav", 1, 400),
    ("speech", "clone", "ms/clone-test.wav", 1, 400),
    ("speech", "klettres_{}", "usr/share/klettres/*/*/*.ogg", 25, 6),
    ("speech", "ktuberling_{}", "usr/share/ktuberling/sounds/*/*.*", 25, 6),
    ("speech", "tuxpaint_{}", "usr/share/tuxpaint/stamps/**/*_desc*.ogg", 45, 8),
    ("speech", "tts_{}", "tts/*/*.wav", 40, 12),
    ("speech", "0ad_{}", "usr/share/games/0ad/mods/public/unpacked/audio/voice/*/**/*.ogg", 30, 6),
    ("speech", "hedgewars_{}", "usr/share/games/hedgewars/Data/Sounds/voices/*/*.ogg", 25, 6),
    ("speech", "redeclipse", "usr/share/games/redeclipse/data/sounds/announcer/*.ogg", 26, 6),
    ("speech", "redeclipse_voice", "usr/share/games/redeclipse/data/sounds/voice/*.ogg", 30, 6),
    ("speech", "cockpit_{}", "usr/share/games/flightgear/Sounds/tcas/*/*.wav", 30, 6),
    ("speech", "cockpit", "usr/share/games/flightgear/Sounds/mk-viii/*.wav", 31, 6),
    ("speech", "nexuiz_tutor", "usr/share/games/nexuiz/data/unpacked/sound/tutorial/*.ogg", 50, 10),
    ("speech", "nexuiz_robot", "usr/share/games/nexuiz/data/unpacked/sound/announcer/robotic/*.ogg", 26, 6),
    ("speech", "nexuiz_{}", "usr/share/games/nexuiz/data/unpacked/sound/player/*/coms/*.ogg", 20, 6),
    ("speech", "freedroid", "usr/share/freedroidrpg/data/sound/effects/bot_sounds/voice_samples/*.ogg", 40, 6),
    ("singing", "sung_{}", "sung/*/*.wav", 40, 14),
    ("music", "0ad", "usr/share/games/0ad/mods/public/unpacked/audio/music/*.ogg", 61, 60),
    ("music", "ufoai", "usr/share/games/ufoai/base/unpacked/music/*.ogg", 64, 60),
    ("music", "redeclipse", "usr/share/games/redeclipse/data/sounds/music/*.ogg", 12, 60),
    ("music", "freedroid", "usr/share/freedroidrpg/data/sound/music/*.ogg", 16, 60),
    ("music", "pushover", "usr/share/pushover/themes/**/*.ogg", 10, 60),
    ("music", "lordsawar", "usr/share/games/lordsawar/music/*.ogg", 7, 60),
    ("music", "glob2", "usr/share/games/glob2/data/zik/*.ogg", 5, 120),
    ("music", "cube2", "usr/share/games/cube2/packages/music/*.ogg", 1, 120),
    ("music", "zaz", "usr/share/games/zaz/mus*.ogg", 4, 60),
    ("music", "tuxmath", "usr/share/tux[mt]*/sounds/*_*.ogg", 10, 60),
    ("music", "singularity", "usr/share/games/singularity/music/**/*.ogg", 40, 60),
    ("music", "etr", "usr/share/games/etr/music/*.ogg", 20, 60),
    ("music", "colobot", "usr/share/games/colobot/music/*.ogg", 20, 60),
    ("music", "sectoid", "usr/share/games/fretsonfire/data/songs/sectoid/*/song.ogg", 2, 120),
    ("music", "wesnoth", "usr/share/games/wesnoth/1.16/data/core/music/*.ogg", 41, 60),
    ("music", "supertux", "usr/share/games/supertux2/music/*/*.ogg", 51, 60),
    ("music", "supertuxkart", "usr/share/games/supertuxkart/data/music/*.ogg", 38, 60),
    ("music", "hyperrogue", "usr/share/hyperrogue/music/*.ogg", 17, 60),
    ("music", "warzone", "usr/share/games/warzone2100/music/albums/*/*.opus", 29, 60),
    ("music", "widelands", "usr/share/games/widelands/data/music/*.ogg", 31, 60),
    ("music", "asc", "usr/share/games/asc/music/*.mp3", 3, 120),
    ("music", "lincity", "usr/share/games/lincity-ng/music/default/*.ogg", 9, 60),
    ("music", "enigma", "usr/share/games/enigma/music/*/*.ogg", 9, 60),
    ("music", "xmoto", "usr/share/games/xmoto/Textures/Musics/*.ogg", 7, 60),
    ("music", "blupi", "usr/share/planetblupi/music/*.ogg", 10, 60),
    ("music", "mars", "usr/share/games/marsshooter/audio/music/*.ogg", 10, 60),
    ("music", "hedgewars", "usr/share/games/hedgewars/Data/Music/*.ogg", 26, 60),
    ("music", "horizons", "usr/share/unknown-horizons/content/audio/music/*.ogg", 20, 60),
    ("music", "megaglest", "usr/share/games/megaglest/techs/megapack/factions/*/music/*.ogg", 7, 60),
    ("music", "rendered_{}", "rendered/*/*.wav", 400, 40),
    ("other", "colobot", "usr/share/games/colobot/sounds/*.wav", 100, 10),
    ("other", "sonic", "usr/share/sonic-pi/samples/misc_*", 20, 10),
    ("other", "sonic", "usr/share/sonic-pi/samples/glitch_*", 20, 10),
    ("other", "sonic", "usr/share/sonic-pi/samples/vinyl_*", 20, 10),
    ("other", "sonic", "usr/share/sonic-pi/samples/perc_*", 40, 10),
    ("other", "sonic", "usr/share/sonic-pi/samples/ambi_[dgs]*", 20, 10),
    ("other", "sonic", "usr/share/sonic-pi/samples/mehackit_*", 40, 10),
    ("other", "freedesktop", "usr/share/sounds/freedesktop/stereo/*.oga", 60, 10),
    ("other", "megaglest", "usr/share/games/megaglest/techs/megapack/factions/*/units/*/sounds/*.wav", 250, 10),
    ("other", "megaglest_tiles", "usr/share/games/megaglest/tilesets/*/sounds/*.*", 40, 30),
    ("other", "widelands", "usr/share/games/widelands/data/sound/**/*.ogg", 120, 10),
    ("other", "torcs", "usr/share/games/torcs/data/sound/*.wav", 46, 10),
    ("other", "stk", "usr/share/games/supertuxkart/data/sfx/*.ogg", 68, 10),
    ("other", "hedgewars", "usr/share/games/hedgewars/Data/Sounds/*.ogg", 110, 10),
    ("other", "bzflag", "usr/share/games/bzflag/*.wav", 40, 10),
    ("other", "scorched", "usr/share/games/scorched3d/data/globalmods/**/*.wav", 125, 10),
    ("other", "endless", "usr/share/games/endless-sky/sounds/**/*.wav", 84, 10),
    ("other", "tuxpaint", "usr/share/tuxpaint/sounds/*.*", 70, 10),
    ("other", "stamps", "usr/share/tuxpaint/stamps/animals/**/*.ogg", 400, 10),
    ("other", "stamps", "usr/share/tuxpaint/stamps/vehicles/**/*.ogg", 400, 10),
    ("other", "ardentryst", "usr/share/games/ardentryst/Sounds/**/*.ogg", 90, 10),
    ("other", "horizons", "usr/share/unknown-horizons/content/audio/sounds/**/*.ogg", 60, 10),
    ("other", "horizons", "usr/share/unknown-horizons/content/audio/ambient/**/*.ogg", 60, 30),
    ("other", "caveexpress", "usr/share/games/caveexpress/**/*.ogg", 49, 10),
    ("other", "frozen", "usr/share/games/frozen-bubble/snd/*.ogg", 20, 5),
    ("other", "hyperrogue", "usr/share/hyperrogue/sounds/*.ogg", 80, 10),
    ("other", "plee", "usr/share/games/plee-the-bear/sound/**/*.ogg", 30, 10),
    ("other", "0ad_attack", "usr/share/games/0ad/mods/public/unpacked/audio/attack/**/*.ogg", 120, 10),
    ("other", "0ad_work", "usr/share/games/0ad/mods/public/unpacked/audio/resource/**/*.ogg", 130, 10),
    ("other", "0ad_beings", "usr/share/games/0ad/mods/public/unpacked/audio/actor/**/*.ogg", 150, 10),
    ("other", "0ad_places", "usr/share/games/0ad/mods/public/unpacked/audio/ambient/**/*.ogg", 60, 40),
    ("other", "redeclipse", "usr/share/games/redeclipse/data/sounds/sfx/*.ogg", 50, 10),
    ("other", "redeclipse", "usr/share/games/redeclipse/data/sounds/weapons/**/*.ogg", 100, 10),
    ("other", "redeclipse_places", "usr/share/games/redeclipse/data/sounds/ambience/**/*.ogg", 80, 20),
    ("other", "nexuiz", "usr/share/games/nexuiz/data/unpacked/sound/[wm][ei][as][pc]*/*.*", 120, 10),
    ("other", "minetest", "usr/share/games/minetest/games/*/mods/**/sounds/*.ogg", 110, 20),
    ("other", "cube2", "usr/share/games/cube2/packages/sounds/**/*.ogg", 40, 20),
    ("other", "wesnoth", "usr/share/games/wesnoth/1.16/data/core/sounds/*.*", 160, 10),
    ("other", "wesnoth_places", "usr/share/games/wesnoth/1.16/data/core/sounds/ambient/*.ogg", 10, 40),
    ("other", "aircraft", "usr/share/games/flightgear/Aircraft/c172p/Sounds/**/*.wav", 45, 20),
    ("other", "aircraft", "usr/share/games/flightgear/Sounds/*.wav", 60, 20),
    ("other", "lugaru", "usr/share/games/lugaru/Sounds/[!m]*.ogg", 70, 10),
    ("other", "freedroid", "usr/share/freedroidrpg/data/sound/effects/*.ogg", 40, 10),
    ("other", "pathological", "usr/share/games/pathological/sounds/*.wav", 17, 10),
    ("other", "gnome", "usr/share/sounds/*/*.ogg", 50, 10),
]
# Music that the collections lack: `stems` of Training/rhythm (melody left, drums right), `textures` of textures.py.
# Groups that begin with "kept" are for judging only.
MORE = [
    ("music", "kept_metal", "stems/metal_01[67]?.flac", 20, 30),
    ("music", "kept_productions", "stems/lmms_[T-Z]*.flac", 40, 30),
    ("music", "kept_drums", "stems/song_04[4-7]?.flac", 40, 30),
    ("music", "kept_drums", "stems/mma_12??.flac", 60, 30),
    ("music", "kept_beats", "textures/beats/11?.wav", 10, 40),
    ("music", "kept_drones", "textures/drones/11?.wav", 10, 40),
    ("music", "kept_pads", "textures/pads/11?.wav", 10, 40),
    ("music", "metal", "stems/metal_0*.flac", 160, 30),
    ("music", "productions", "stems/lmms_*.flac", 120, 30),
    ("music", "songs", "stems/song_0*.flac", 120, 30),
    ("music", "grooves", "stems/mma_*.flac", 150, 30),
    ("music", "drums_metal", "stems/metal_0*.flac", 120, 30),
    ("music", "drums_songs", "stems/song_0*.flac", 200, 30),
    ("music", "drums_grooves", "stems/mma_*.flac", 200, 30),
    ("music", "beats", "textures/beats/*.wav", 110, 40),
    ("music", "drones", "textures/drones/*.wav", 110, 40),
    ("music", "pads", "textures/pads/*.wav", 110, 40),
]


def decode(job):
    path, seconds, drums = job
    try:
        info = sf.info(path)
        skip = int(info.samplerate * 2) if info.duration > seconds + 4 else 0
        data, rate = sf.read(path, frames=int(seconds * info.samplerate), start=skip, dtype="float32", always_2d=True)
        mono = data[:, -1] if drums else data.mean(1)
        if rate != RATE:
            step = np.gcd(rate, RATE)
            mono = resample_poly(mono, RATE // step, rate // step)
    except Exception:
        run = subprocess.run(["ffmpeg", "-v", "quiet", "-nostdin", "-t", str(seconds), "-i", path, "-ac", "1",
                              "-ar", str(RATE), "-f", "f32le", "-"], capture_output=True)
        mono = np.frombuffer(run.stdout, "float32")
    return np.clip(np.nan_to_num(mono) * 32767, -32768, 32767).astype("int16")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", action="append", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--more", action="store_true")
    parser.add_argument("--groups", default="", help="only groups whose name begins so")
    arguments = parser.parse_args()
    jobs, meta, seen, kept = [], [], set(), set()
    for kind, name, pattern, most, seconds in MORE if arguments.more else SOURCES:
        if not name.startswith(arguments.groups):
            continue
        files = [f for root in arguments.root for f in sorted(glob.glob(os.path.join(root, pattern), recursive=True))]
        if kind == "other":
            files = [f for f in files if "_desc" not in f]
        groups = {}
        for path in files:
            if "tuxpaint_" in name:
                match = re.search(r"_desc(?:_([a-z]+))?", path)
                key = name.format(match.group(1) or "en")
            elif "{}" in name:
                key = name.format(path[path.index(pattern.split("*")[0]) + len(pattern.split("*")[0]):].split("/")[0])
            else:
                key = name
            groups.setdefault(key, []).append(path)
        for key in sorted(groups):
            chosen = groups[key]
            random.Random(kind + key + pattern).shuffle(chosen)
            for path in chosen[:most]:
                part = (path, "drums" in key and arguments.more)
                if part in seen or path in kept:
                    continue
                seen.add(part)
                if key.startswith("kept"):
                    kept.add(path)
                jobs.append((path, seconds, arguments.more and "drums" in key))
                meta.append((kind, key))
    with ProcessPoolExecutor(2) as executor:
        clips = list(executor.map(decode, jobs, chunksize=16))
    keep = [i for i, clip in enumerate(clips) if len(clip) > RATE * 0.15 and np.abs(clip).max() > 300]
    lengths = np.array([len(clips[i]) for i in keep])
    np.savez(arguments.out, samples=np.concatenate([clips[i] for i in keep]), lengths=lengths,
             kinds=np.array([meta[i][0] for i in keep]), groups=np.array([meta[i][1] for i in keep]),
             paths=np.array([os.path.basename(jobs[i][0]) for i in keep]))
    for kind in ("speech", "music", "other"):
        chosen = [i for i in keep if meta[i][0] == kind]
        minutes = sum(len(clips[i]) for i in chosen) / RATE / 60
        print(kind, len(chosen), "clips", len({meta[i][1] for i in chosen}), "groups", round(minutes), "minutes")


if __name__ == "__main__":
    main()
