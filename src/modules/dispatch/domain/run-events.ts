import type { ComfyEvent } from '../../comfyui/index.js';

/** Whether a look at the node is worth while at once: its run has just begun or ended. */
export function endsOrBegins(event: ComfyEvent): boolean {
  return (
    event.type === 'execution_start' ||
    event.type === 'execution_error' ||
    event.type === 'execution_interrupted' ||
    (event.type === 'executing' && event.nodeId === null)
  );
}
