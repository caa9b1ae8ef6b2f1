import type { NodeFailure } from '../nodes/node-run.js';
import { isSocket, type NodeInputs, type NodeValue, type Socket } from '../nodes/sockets.js';
import type { Writable } from '../wire/values.js';

/** The interrupt flag was seen. */
export class Interrupted extends Error {}

/** Ends the worker thread: the running prompt stays listed as running for ever. */
export class ThreadDeath extends Error {}

/** Ends the whole process. */
export class ProcessExit extends Error {}

const oomTypes = new Set(['torch.OutOfMemoryError', 'torch.cuda.OutOfMemoryError', 'torch.AcceleratorError']);
const oomTip =
  'This error means you ran out of memory on your GPU.\n\nTIPS: If the workflow worked before you might have accidentally set the batch_size to a large number.';

export const isOutOfMemory = (failure: NodeFailure): boolean => oomTypes.has(failure.type);

/** The fields of `execution_error` that come from the exception. */
export function describeFailure(
  failure: NodeFailure,
  className: string,
  inputs: NodeInputs,
): { readonly [key: string]: Writable } {
  return {
    exception_message: `${failure.message}\n${isOutOfMemory(failure) ? oomTip : ''}`,
    exception_type: failure.type,
    traceback: traceback(className),
    current_inputs: new Map([...inputs].map(([name, value]): [string, Writable] => [name, [shown(value)]])),
  };
}

const traceback = (className: string): string[] => [
  '  File "/comfyui/execution.py", line 545, in execute\n    output_data, output_ui, has_subgraph, has_pending_tasks = await get_output_data(prompt_id, unique_id, obj, input_data_all)\n',
  '  File "/comfyui/execution.py", line 344, in get_output_data\n    return_values = await _async_map_node_over_list(prompt_id, unique_id, obj, input_data_all, obj.FUNCTION)\n',
  '  File "/comfyui/execution.py", line 306, in process_inputs\n    result = f(**inputs)\n             ^^^^^^^^^^^\n',
  `  File "/comfyui/nodes.py", line 1, in ${className}\n    raise\n`,
];

const shown = (value: NodeValue): Writable => (isSocket(value) ? shownSocket(value) : value);

function shownSocket(socket: Socket): string {
  if (socket.tag === 'latent') return "{'samples': tensor([[[[[0., 0., 0.,  ..., 0., 0., 0.]]]]])}";
  if (socket.tag === 'image') return 'tensor([[[[0., 0., 0.],\n          ...,\n          [0., 0., 0.]]]])';
  return `<comfy.${socket.tag === 'opaque' ? socket.type : socket.tag} object at 0x7f0000000000>`;
}
