import { loadPicture } from '../media/picture.js';
import { NodeFailure, type NodeResult, type NodeRun } from './node-run.js';
import { textInput } from './sockets.js';

/** Reads the file at execution, not at enqueue: an overwriting upload in between shows in the result. */
export async function runLoadImage(run: NodeRun): Promise<NodeResult> {
  const name = textInput(run.inputs, 'image') ?? '';
  const file = run.folders.findAnnotated(name);
  if (file === undefined)
    throw new NodeFailure(
      'FileNotFoundError',
      `[Errno 2] No such file or directory: '/comfyui/input/${name}'`,
    );
  try {
    const picture = await loadPicture(file);
    return {
      outputs: [
        { tag: 'image', picture, frames: 1 },
        { tag: 'opaque', type: 'MASK' },
      ],
    };
  } catch {
    throw new NodeFailure(
      'PIL.UnidentifiedImageError',
      `cannot identify image file '/comfyui/input/${name}'`,
    );
  }
}
