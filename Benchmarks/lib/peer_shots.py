"""`peer_shots.py REQUEST RECORDINGS`: a shot list as the older implementation makes it, once per line of standard input.

For each recording it reads the whole summary and looks for the first speech, once; each clip is moved by that. Prints the
seconds of each round.
"""

import json
import sys
import time

request = json.load(open(sys.argv[1], encoding="utf-8"))
recordings = json.load(open(sys.argv[2], encoding="utf-8"))


def shots() -> list:
    offsets, found = {}, []
    for track in request["sequence"]["tracks"]:
        for clip in track["clips"]:
            asset = clip["asset_id"]
            if asset not in offsets:
                with open(recordings[asset], encoding="utf-8") as file:
                    summary = json.load(file)
                speech = [event["start_ms"] for event in summary["events"] if event["kind"] == "speech"]
                offsets[asset] = (speech[0] if speech else 0, summary["meta"])
            start = clip["source_offset_ms"] + offsets[asset][0]
            found.append(dict(source_asset_id=asset, source_start_ms=start,
                              source_end_ms=start + clip["duration_ms"], target_start_ms=clip["start_ms"],
                              target_duration_ms=clip["duration_ms"],
                              meta=dict(semantic_offset_ms=offsets[asset][0], track=track["id"])))
    return sorted(found, key=lambda shot: shot["target_start_ms"])


for _ in sys.stdin:
    begun = time.perf_counter()
    json.dumps(shots())
    print(time.perf_counter() - begun, flush=True)
