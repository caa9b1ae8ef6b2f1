"""The published openai package, unmodified: what it can do here, told as JSON. Arguments: base URL, model of videos, a picture."""
import base64
import json
import sys

import openai

base_url, film, picture = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0)


def kind_of(bytes_):
    return "png" if bytes_.startswith(b"\x89PNG") else "mp4" if bytes_[4:8] == b"ftyp" else "other"


told = {"models": sorted(model.id for model in client.models.list())}
made = client.images.generate(model="painter", prompt="cat", n=2, size="96x32")
told["images"] = [kind_of(base64.b64decode(each.b64_json)) for each in made.data]
with open(picture, "rb") as image:
    edited = client.images.edit(model="retoucher", prompt="brighter", image=image)
told["edited"] = [kind_of(base64.b64decode(each.b64_json)) for each in edited.data]
with open(picture, "rb") as image:
    video = client.videos.create_and_poll(
        model=film, prompt="it grows", seconds="2", size="512x512", input_reference=image, poll_interval_ms=100
    )
told["video"] = [video.status, kind_of(client.videos.download_content(video.id).read())]
told["listed"] = [each.id == video.id for each in client.videos.list()]
told["deleted"] = client.videos.delete(video.id).deleted
try:
    client.images.generate(model="none", prompt="cat")
except openai.NotFoundError as error:
    told["unknown"] = error.code
print(json.dumps(told))
