/** What somebody learned of a node, and what its owner makes of it. */
import { type Breaker, onCanarySent, onFault, onInconclusive, onSuccess } from './breaker.js';
import { type HealthFlag, type NodeHealth, reduceHealth } from './health.js';

export type Evidence =
  | { kind: 'success' }
  /** `sticky`: every later prompt will fail too, until its process is restarted. */
  | { kind: 'fault'; sticky: boolean }
  | { kind: 'inconclusive'; promptId: string }
  | { kind: 'canary'; promptId: string }
  | { kind: 'flag'; flag: HealthFlag }
  /** A new process answers there. */
  | { kind: 'restarted' }
  /** Its inventory is another one than it told. */
  | { kind: 'contradicted' };

export interface Judgement {
  health: NodeHealth;
  breaker: Breaker;
}

/** `random` is uniform in [0, 1). */
export function judged(
  { health, breaker }: Judgement,
  evidence: Evidence,
  at: { atMs: number; random: number },
): Judgement {
  switch (evidence.kind) {
    case 'success':
      return { health, breaker: onSuccess(breaker) };
    case 'fault': {
      const { sticky } = evidence;
      return {
        health: sticky ? reduceHealth(health, { type: 'flag_raised', flag: 'sick_gpu' }) : health,
        breaker: onFault(breaker, { ...at, sticky }),
      };
    }
    case 'inconclusive':
      return { health, breaker: onInconclusive(breaker, evidence.promptId) };
    case 'canary':
      return { health, breaker: onCanarySent(breaker, evidence.promptId) };
    case 'flag':
      return { health: reduceHealth(health, { type: 'flag_raised', flag: evidence.flag }), breaker };
    case 'restarted':
      return { health: reduceHealth(health, { type: 'restarted' }), breaker };
    case 'contradicted':
      return { health, breaker };
  }
}
