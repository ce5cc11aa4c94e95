#!/bin/bash
# Synthetic voices, so that machine speech counts as speech: voices.sh OUT
set -eu
out=$1
sentences=(
    "The committee will meet again on Thursday to discuss the new proposal."
    "Please leave your message after the tone and we will call you back."
    "In the beginning there was nothing but a quiet room and a long table."
    "Did you remember to bring the keys, or are we locked out again?"
    "Rain is expected in the north, with temperatures near fifteen degrees."
    "Once upon a time a fox lived at the edge of the old forest."
    "Our next guest has written three books about the history of music."
    "I don't think so. Maybe later. Yes, of course, that is fine."
)
for voice in kal16 awb rms slt; do
    mkdir -p "$out/flite_$voice"
    for i in "${!sentences[@]}"; do flite -voice $voice -t "${sentences[$i]}" -o "$out/flite_$voice/$i.wav"; done
done
for voice in en+m3 en+f2 de+f4 fr+m5 es+m1 pl+f1 sv+m7 hi+f3; do
    mkdir -p "$out/espeak_$voice"
    for i in "${!sentences[@]}"; do
        espeak-ng -v $voice -s $((140 + i * 10)) -p $((30 + i * 6)) -w "$out/espeak_$voice/$i.wav" "${sentences[$i]}"
    done
done
