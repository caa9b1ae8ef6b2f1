/**
 * A binary heap with the exact array layout of Python's `heapq`, because the server lists its queue as that array,
 * not in execution order. `less` may throw; then, as in Python, the item just pushed stays in the array.
 */
export type Less<T> = (a: T, b: T) => boolean;

export function heapPush<T>(heap: T[], item: T, less: Less<T>): void {
  heap.push(item);
  riseTo(heap, 0, heap.length - 1, less);
}

export function heapPop<T>(heap: T[], less: Less<T>): T | undefined {
  const last = heap.pop();
  const top = heap[0];
  if (last === undefined || top === undefined) return last;
  heap[0] = last;
  sink(heap, 0, less);
  return top;
}

export function heapify<T>(heap: T[], less: Less<T>): void {
  for (let at = Math.floor(heap.length / 2) - 1; at >= 0; at -= 1) sink(heap, at, less);
}

function riseTo<T>(heap: T[], top: number, from: number, less: Less<T>): void {
  const item = heap[from] as T;
  let at = from;
  while (at > top) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt] as T;
    if (!less(item, parent)) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = item;
}

/** Moves the smaller child up all the way to a leaf first, then lets the item rise again: Python's layout depends on it. */
function sink<T>(heap: T[], top: number, less: Less<T>): void {
  const item = heap[top] as T;
  let at = top;
  for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
    const right = child + 1;
    if (right < heap.length && !less(heap[child] as T, heap[right] as T)) child = right;
    heap[at] = heap[child] as T;
    at = child;
  }
  heap[at] = item;
  riseTo(heap, top, at, less);
}
