"""Runs in a ComfyUI pod: `drain` before it ends, `admit` when it has started.

drain: the node gets nothing new, and this returns when its work is done or the time is over.
admit: the node takes work again, if it was this program that drained it and not an operator.
Never fails: a pod that cannot reach ComfyMux starts and ends as usual, and its work is placed elsewhere.
"""
import json
import os
import sys
import time
import urllib.request

LABEL = "drained-by"
MARK = "pod-termination"


def call(method, path, body=None):
    request = urllib.request.Request(
        os.environ["COMFYMUX_URL"] + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def repeat(step, seconds):
    """Until `step` answers True."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if step():
                return True
        except Exception as error:
            print(f"ComfyMux: {error}", flush=True)
        if time.monotonic() > deadline:
            return False
        time.sleep(1)


def main():
    node = "gpu-" + os.environ["POD_NAME"].rsplit("-", 1)[1]
    path = f"/v1/nodes/{node}"

    def drain():
        seen = call("GET", path)
        if seen["admin"] == "active":
            call("PATCH", path, {"admin": "draining", "labels": {**seen["labels"], LABEL: MARK}})
        return True

    def drained():
        return call("GET", path)["admin"] in ("drained", "disabled")

    def admit():
        labels = dict(call("GET", path)["labels"])
        if labels.pop(LABEL, None) == MARK:
            call("PATCH", path, {"admin": "active", "labels": labels})
        return True

    if sys.argv[1] == "admit":
        repeat(admit, 20)
    elif repeat(drain, 30):
        repeat(drained, float(os.environ.get("DRAIN_TIMEOUT_SECONDS", "3600")))


main()
