import { runGeneric } from './generic.js';
import { runLoadImage } from './load-image.js';
import type { Behaviour, NodeRun } from './node-run.js';
import { runResizeImage } from './resize-image.js';
import { isSampler, runSampler } from './sampler.js';
import { fileSavers, runLoadLatent } from './save-file.js';
import { runPreviewImage, runSaveImage } from './save-image.js';
import { runCreateVideo, runSaveVideo, runVideoCombine } from './save-video.js';
import { isSocket } from './sockets.js';
import { writeJson } from '../wire/json-write.js';

const behaviours: ReadonlyMap<string, Behaviour> = new Map<string, Behaviour>([
  ['LoadImage', runLoadImage],
  ['ImageResizeKJv2', runResizeImage],
  ['SaveImage', runSaveImage],
  ['PreviewImage', runPreviewImage],
  ['VHS_VideoCombine', runVideoCombine],
  ['CreateVideo', runCreateVideo],
  ['SaveVideo', runSaveVideo],
  ['PreviewAny', runPreviewAny],
  ['LoadLatent', runLoadLatent],
  ...fileSavers,
]);

export function behaviourOf(run: NodeRun): Behaviour {
  return behaviours.get(run.className) ?? (isSampler(run.className, run.info) ? runSampler : runGeneric);
}

function runPreviewAny(run: NodeRun): ReturnType<Behaviour> {
  const source = run.inputs.get('source') ?? null;
  const text = typeof source === 'string' ? source : isSocket(source) ? source.tag : writeJson(source);
  return { outputs: [text], ui: { text: [text] } };
}
