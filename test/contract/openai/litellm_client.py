"""LiteLLM as PyPI has it, unmodified: what it can do here, told as JSON. Arguments: base URL, model of videos, a picture."""
import base64
import json
import sys
import time

import litellm

base_url, film, picture = sys.argv[1:]
here = {"api_base": base_url, "api_key": "none", "custom_llm_provider": "openai"}


def kind_of(bytes_):
    return "png" if bytes_.startswith(b"\x89PNG") else "mp4" if bytes_[4:8] == b"ftyp" else "other"


made = litellm.image_generation(model="painter", prompt="cat", n=2, size="96x32", **here)
told = {"images": [kind_of(base64.b64decode(each.b64_json)) for each in made.data]}
with open(picture, "rb") as image:
    edited = litellm.image_edit(model="retoucher", prompt="brighter", image=image, **here)
told["edited"] = [kind_of(base64.b64decode(each.b64_json)) for each in edited.data]
with open(picture, "rb") as image:
    video = litellm.video_generation(
        model=film, prompt="it grows", seconds="2", size="512x512", input_reference=image, **here
    )
# Its own call of status has no wait.
while (status := litellm.video_status(video_id=video.id, **here).status) not in ("completed", "failed"):
    time.sleep(0.1)
told["video"] = [status, kind_of(litellm.video_content(video_id=video.id, **here))]
print(json.dumps(told))
