# synthetic voices
out=$1; mkdir -p $out
S=("The committee will meet again on Thursday to discuss the new proposal." "Please leave your message after the tone and we will call you back." "In the beginning there was nothing but a quiet room and a long table." "Did you remember to bring the keys, or are we locked out again?" "Rain is expected in the north, with temperatures near fifteen degrees." "Once upon a time a fox lived at the edge of the old forest." "Our next guest has written three books about the history of music." "I don't think so. Maybe later. Yes, of course, that is fine.")
for v in kal16 awb rms slt; do mkdir -p $out/flite_$v; for i in 0 1 2 3 4 5 6 7; do flite -voice $v -t "${S[$i]}" -o $out/flite_$v/$i.wav; done; done
for v in en+m3 en+f2 de+f4 fr+m5 es+m1 pl+f1 sv+m7 hi+f3; do mkdir -p $out/espeak_$v; for i in 0 1 2 3 4 5 6 7; do espeak-ng -v $v -s $((140+i*10)) -p $((30+i*6)) -w $out/espeak_$v/$i.wav "${S[$i]}"; done; done
