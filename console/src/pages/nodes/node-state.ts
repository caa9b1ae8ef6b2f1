import type { ComfyNode } from '../../api/shapes';

/** How a node stands, in one word and its colour. */
export function stateOfNode({ state, admin, breaker, leaving }: ComfyNode): {
  tone: 'good' | 'warn' | 'bad' | 'plain';
  word: string;
} {
  if (state === 'down' || state === 'incompatible') return { tone: 'bad', word: state };
  if (admin !== 'active') return { tone: 'warn', word: admin };
  if (leaving) return { tone: 'warn', word: 'leaving' };
  if (state === 'suspect') return { tone: 'warn', word: 'suspect' };
  if (breaker !== 'closed') return { tone: 'warn', word: breaker === 'open' ? 'breaker open' : 'on trial' };
  if (state === 'ready') return { tone: 'good', word: 'ready' };
  return { tone: 'plain', word: state };
}

/** Of a node that runs nothing: whether it is free, and if not why. */
export function idleWords({ reason, breaker, accepts_work: accepts }: ComfyNode): string {
  if (reason !== null) return reason;
  if (breaker === 'open') return 'no work for a while: it failed too often';
  if (breaker !== 'closed') return 'on trial: its next job decides';
  return accepts ? 'free' : 'takes no work';
}
