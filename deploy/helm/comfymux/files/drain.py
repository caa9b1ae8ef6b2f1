"""Runs in a ComfyUI pod before it ends, and returns when its work is done or the time is over.

ComfyMux sees by itself that the pod terminates and gives it nothing new. This waits until ComfyUI's own queue has been empty for
as long as ComfyMux needs to notice, and to fetch what the last run made. It asks nobody but the ComfyUI beside it: custom nodes
run here, so that this pod may not reach the rest. Never fails: a pod whose ComfyUI is gone ends as usual, and its work is
placed elsewhere.
"""
import json
import os
import time
import urllib.error
import urllib.request

# ComfyMux knows by then that the pod ends, and has fetched the results of the last run.
IDLE_SECONDS = float(os.environ.get("DRAIN_IDLE_SECONDS", "60"))
PATIENCE_SECONDS = 120


def is_idle():
    with urllib.request.urlopen(os.environ["COMFYUI_URL"] + "/queue", timeout=10) as answer:
        queue = json.load(answer)
        return not queue["queue_running"] and not queue["queue_pending"]


def main():
    deadline = time.monotonic() + float(os.environ.get("DRAIN_TIMEOUT_SECONDS", "3600"))
    idle_since = None
    silent_since = None
    while time.monotonic() < deadline:
        now = time.monotonic()
        try:
            idle_since = (idle_since or now) if is_idle() else None
            silent_since = None
            if idle_since is not None and now - idle_since >= IDLE_SECONDS:
                return
        except (OSError, ValueError, KeyError) as error:
            # ComfyUI answers nothing while some nodes run.
            print(f"ComfyUI: {error}", flush=True)
            silent_since = silent_since or now
            refused = isinstance(getattr(error, "reason", None), ConnectionRefusedError)
            if refused and now - silent_since >= min(PATIENCE_SECONDS, IDLE_SECONDS):
                return
        time.sleep(1)


main()
