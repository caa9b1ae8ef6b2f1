"""Runs in a ComfyUI pod before it ends, and returns when its work is done or the time is over.

ComfyMux sees by itself that the pod terminates and gives it nothing new; this only waits. A container that is restarted
while its pod stays is not waited for: its node does not leave. Never fails: a pod that cannot reach ComfyMux ends as
usual, and its work is placed elsewhere.
"""
import json
import os
import time
import urllib.error
import urllib.request

NOTICED_SECONDS = 30
# Every replica has seen by then whether something was placed here at the last moment.
SURE_SECONDS = 10


def look(path):
    """leaving, drained; None when ComfyMux does not know the node."""
    try:
        with urllib.request.urlopen(os.environ["COMFYMUX_URL"] + path, timeout=5) as answer:
            node = json.load(answer)
            return node["leaving"], node["admin"] in ("drained", "disabled")
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


def main():
    path = f"/v1/nodes/{os.environ['POD_NAME']}.{os.environ['POD_NAMESPACE']}"
    began = time.monotonic()
    deadline = began + float(os.environ.get("DRAIN_TIMEOUT_SECONDS", "3600"))
    noticed = False
    drained_since = None
    while time.monotonic() < deadline:
        try:
            seen = look(path)
            if seen is None:
                return
            leaving, drained = seen
            noticed = noticed or leaving
            now = time.monotonic()
            drained_since = (drained_since or now) if drained else None
            if noticed and drained_since is not None and now - drained_since >= SURE_SECONDS:
                return
        except Exception as error:
            print(f"ComfyMux: {error}", flush=True)
        if not noticed and time.monotonic() - began > NOTICED_SECONDS:
            return
        time.sleep(1)


main()
