import { float, type Writable } from '../wire/values.js';

interface NodeProgress {
  value: Writable;
  max: Writable;
  state: 'running' | 'finished';
  sentAt: number;
  sentValue: number;
}

const throttleMs = 100;
const throttlePart = 0.005;

/** All nodes touched so far in one prompt; every change is told as the whole, cumulative state. */
export class ProgressState {
  private readonly nodes = new Map<string, NodeProgress>();

  constructor(
    private readonly promptId: string,
    private readonly throttled: boolean,
    private readonly tell: (state: Writable) => void,
  ) {}

  start(nodeId: string): void {
    this.nodes.set(nodeId, { value: float(0), max: float(1), state: 'running', sentAt: 0, sentValue: 0 });
    this.tell(this.write());
  }

  /** False when the server would keep this update to itself: too soon and too little since the last one. */
  update(nodeId: string, value: number, max: number): boolean {
    const node = this.nodes.get(nodeId);
    if (node === undefined) return false;
    const soon = Date.now() - node.sentAt < throttleMs || value - node.sentValue < max * throttlePart;
    Object.assign(node, { value, max });
    if (this.throttled && soon && value > 1 && value < max) return false;
    Object.assign(node, { sentAt: Date.now(), sentValue: value });
    this.tell(this.write());
    return true;
  }

  finish(nodeId: string): void {
    const node = this.nodes.get(nodeId) ?? { value: 0, max: 1, state: 'finished', sentAt: 0, sentValue: 0 };
    this.nodes.set(nodeId, { ...node, value: node.max, state: 'finished' });
    this.tell(this.write());
  }

  private write(): Writable {
    const nodes = [...this.nodes].map(([id, { value, max, state }]): [string, Writable] => [
      id,
      {
        value,
        max,
        state,
        node_id: id,
        prompt_id: this.promptId,
        display_node_id: id,
        parent_node_id: null,
        real_node_id: id,
      },
    ]);
    return { prompt_id: this.promptId, nodes: new Map(nodes) };
  }
}
