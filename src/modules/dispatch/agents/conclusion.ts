/** How an attempt ends, as its owner sees it, and what of that goes into the record. */
import { clip, type Settled } from '../../comfyui/index.js';
import { runMsOf } from '../domain/run-time.js';
import {
  ageMsOf,
  type AttemptOutcome,
  type Ending,
  type NewOutput,
  type OpenAttempt,
  type RunRecord,
} from '../../jobs/index.js';

export interface Conclusion {
  outcome: AttemptOutcome;
  code: string;
  message: string;
  details?: unknown;
  outputs: NewOutput[];
  /** What the node told of a run that it ended itself. */
  settled?: Settled;
  /** The node forgets what it remembers of the run, so that another one makes its files anew. */
  rerunMakesAnew?: boolean;
}

/** What the record keeps of a conclusion, besides what follows from it. */
type Kept = Pick<Ending, 'outcome' | 'error' | 'outputs' | 'run' | 'runMs'>;

const messageLengthMax = 2_000;
const tracebackLengthMax = 16_000;
const nameLengthMax = 200;

export function keptOf(conclusion: Conclusion, attempt: OpenAttempt): Kept {
  const { outcome, outputs, settled } = conclusion;
  return {
    outcome,
    error: outcome === 'ok' ? null : errorOf(conclusion, attempt),
    outputs,
    run: settled ? runOf(settled, attempt, outcome) : null,
    runMs: settled ? runMsOf(settled, ageMsOf(attempt)) : null,
  };
}

/** The same end without anything that a node said: for a record that refuses what it said. */
export function bareOf(conclusion: Conclusion, attempt: OpenAttempt): Conclusion {
  const { outcome, rerunMakesAnew } = conclusion;
  return {
    outcome: outcome === 'ok' ? 'bad_output' : outcome,
    code: 'refused_by_record',
    message: `what the node ${attempt.nodeId} told of the run cannot be kept in the record`,
    outputs: [],
    ...(rerunMakesAnew === undefined ? {} : { rerunMakesAnew }),
  };
}

const errorOf = ({ code, message, details, outcome, settled }: Conclusion, attempt: OpenAttempt) => ({
  code: outcome,
  message: clip(message, messageLengthMax),
  details: {
    exception: code,
    nodeId: attempt.nodeId,
    promptId: attempt.promptId,
    ...(details === undefined ? {} : { nodeErrors: details }),
    ...thrownIn(settled),
  },
});

/** Where in the graph the run failed, and how it came to that: the end of the traceback tells most. */
function thrownIn(settled: Settled | undefined): { thrown?: object } {
  const data = settled?.messages.findLast(([type]) => type === 'execution_error')?.[1];
  if (!data) return {};
  const { node_id: nodeId, node_type: nodeClass, traceback } = data;
  const text = endOf(Array.isArray(traceback) ? traceback : []);
  return {
    thrown: {
      graphNode: typeof nodeId === 'string' ? clip(nodeId, nameLengthMax) : null,
      nodeClass: typeof nodeClass === 'string' ? clip(nodeClass, nameLengthMax) : null,
      traceback: text === '' ? null : clip(text, tracebackLengthMax),
    },
  };
}

/** Of lines that may be any number, and of any length. */
function endOf(lines: readonly unknown[]): string {
  let text = '';
  for (let at = lines.length - 1; at >= 0 && text.length < tracebackLengthMax; at -= 1) {
    const line = lines[at];
    if (typeof line === 'string') text = line.slice(-tracebackLengthMax) + text;
  }
  return text.slice(-tracebackLengthMax);
}

export function runOf(
  { text, startedAtMs, endedAtMs }: Settled,
  { promptId, jobId }: OpenAttempt,
  outcome: AttemptOutcome,
): RunRecord | null {
  if (!text) return null;
  const underJob = (part: string): string => part.replaceAll(promptId, jobId);
  return {
    outputs: underJob(text.outputs),
    // The node's last word is a success that the job has not had.
    messages: outcome === 'bad_output' ? '[]' : underJob(text.messages),
    meta: underJob(text.meta),
    startedAtMs: startedAtMs ?? null,
    endedAtMs: endedAtMs ?? null,
  };
}
