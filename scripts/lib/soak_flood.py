"""A tenant that asks for far more than it may have: enqueues analyses as fast as it is answered, until it is told to stop."""

import json
import os
import sys
import threading
import time

from soak_client import Client


def main():
    order = json.load(sys.stdin)
    # The flood's own work is not the service's: it takes what is left of the processors.
    os.nice(19)
    counts, jobs, lock = {}, [], threading.Lock()
    no_retry = [0]
    end = time.monotonic() + order["seconds"]

    def flood(number):
        client = Client(order["port"], order["token"])
        turn = 0
        while time.monotonic() < end:
            turn += 1
            status, headers, data = client.ask(
                "POST", "/audio/semantic-timeline/analyze",
                {"asset_id": order["assets"][turn % len(order["assets"])], "force": True, "user_id": f"u{number}-{turn}"},
                {"Prefer": "respond-async"})
            with lock:
                counts[status] = counts.get(status, 0) + 1
                if status == 202:
                    jobs.append(json.loads(data)["id"])
                if status == 429 and not headers.get("Retry-After"):
                    no_retry[0] += 1
            # As patient as a bad client: it comes again at once, a hundred times a second and thread.
            time.sleep(0.01)

    threads = [threading.Thread(target=flood, args=(number,)) for number in range(order["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client = Client(order["port"], order["token"])
    for job in jobs:
        client.ask("DELETE", f"/jobs/{job}")
    json.dump({"statuses": {str(key): value for key, value in counts.items()}, "no_retry": no_retry[0]}, sys.stdout)


main()
