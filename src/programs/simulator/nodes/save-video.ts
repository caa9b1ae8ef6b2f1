import path from 'node:path';
import { media } from '../media/media-pool.js';
import { appendText, growTo } from '../media/mp4-padding.js';
import { videoSize, type Picture } from '../media/picture.js';
import { writeJson } from '../wire/json-write.js';
import { float } from '../wire/values.js';
import { pictureOf } from './generic.js';
import type { NodeResult, NodeRun } from './node-run.js';
import { nextOutput, serverPath } from './output-path.js';
import { numberInput, socketInput, textInput } from './sockets.js';

interface Video {
  readonly picture: Picture;
  readonly frames: number;
  readonly frameRate: number;
}

/** VHS_VideoCombine: one H.264 MP4 of exactly the given frames, and its first frame as a PNG beside it. */
export async function runVideoCombine(run: NodeRun): Promise<NodeResult> {
  const frameRate = numberInput(run.inputs, 'frame_rate') ?? 8;
  const format = textInput(run.inputs, 'format') ?? 'video/h264-mp4';
  const kind = run.inputs.get('save_output') === false ? 'temp' : 'output';
  const picture = pictureOf(run.inputs);
  const frames = (socketInput(run.inputs, 'image') ?? socketInput(run.inputs, 'latent'))?.frames ?? 1;
  const output = nextOutput(
    run,
    kind,
    textInput(run.inputs, 'filename_prefix') ?? 'AnimateDiff',
    /^_(\d+)[^\d.]*\..+$/,
    picture,
  );
  const name = `${output.prefix}_${output.counter}`;
  await run.progress(1, frames);
  await media.run('writePng', {
    ...picture,
    ...videoSize(picture),
    path: path.join(output.folder, `${name}.png`),
    texts: { prompt: writeJson(run.prompt) },
  });
  const filename = `${name}.${extensionOf(format)}`;
  await writeVideo(run, path.join(output.folder, filename), { picture, frames, frameRate });
  await run.progress(frames, frames);
  const item = {
    filename,
    subfolder: output.subfolder,
    type: kind,
    format,
    frame_rate: float(frameRate),
    workflow: `${name}.png`,
    fullpath: serverPath(run, output, filename),
  };
  return { outputs: [{ tag: 'opaque', type: 'VHS_FILENAMES' }], ui: { gifs: [item] } };
}

/** Always H.264 in MP4, whatever the format's name: no other encoder is at hand. */
const extensionOf = (format: string): string => /(mp4|webm|mkv|gif|webp)$/.exec(format)?.[1] ?? 'mp4';

export function runCreateVideo({ inputs }: NodeRun): NodeResult {
  const frames = socketInput(inputs, 'image')?.frames ?? 1;
  return {
    outputs: [
      { tag: 'video', picture: pictureOf(inputs), frames, frameRate: numberInput(inputs, 'fps') ?? 30 },
    ],
  };
}

/** SaveVideo: the key is `images` although the file is a video. */
export async function runSaveVideo(run: NodeRun): Promise<NodeResult> {
  const video = socketInput(run.inputs, 'video') ?? {
    picture: pictureOf(run.inputs),
    frames: 1,
    frameRate: 24,
    tag: 'video',
  };
  const output = nextOutput(
    run,
    'output',
    textInput(run.inputs, 'filename_prefix') ?? 'video/ComfyUI',
    /^_(\d+)_?\.?/,
    video.picture,
  );
  const filename = `${output.prefix}_${output.counter}_.mp4`;
  await writeVideo(run, path.join(output.folder, filename), video);
  return {
    outputs: [video],
    ui: { images: [{ filename, subfolder: output.subfolder, type: 'output' }], animated: [true] },
  };
}

async function writeVideo(run: NodeRun, file: string, video: Video): Promise<void> {
  const { thumbnail } = video.picture;
  await media.run('writeMp4', {
    thumbnail,
    ...videoSize(video.picture),
    path: file,
    frames: video.frames,
    frameRate: video.frameRate,
  });
  if (run.inputs.get('save_metadata') !== false) await appendText(file, writeJson({ prompt: run.prompt }));
  if (run.outputSizeBytes !== undefined) await growTo(file, run.outputSizeBytes);
}
