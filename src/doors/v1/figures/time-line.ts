/** A node's last hours as spans: what ran, and where nothing did. Pure. */
import type { NodeRun } from '../../../modules/jobs/index.js';

export interface Span {
  fromMs: number;
  toMs: number;
}

/** When the node worked for it: from its start to the end of its run, what came after is fetching files. */
export function busySpan(
  { runningAt, collectingAt, closedAt }: Pick<NodeRun, 'runningAt' | 'collectingAt' | 'closedAt'>,
  nowMs: number,
): Span | null {
  if (!runningAt) return null;
  const toMs = (collectingAt ?? closedAt)?.getTime() ?? nowMs;
  return { fromMs: runningAt.getTime(), toMs: Math.max(toMs, runningAt.getTime()) };
}

/** Where none of the spans is, within these bounds; what is shorter than `leastMs` is no gap. */
export function gapsBetween(spans: readonly Span[], { fromMs, toMs }: Span, leastMs: number): Span[] {
  const gaps: Span[] = [];
  let endMs = fromMs;
  for (const span of [...spans].toSorted((one, other) => one.fromMs - other.fromMs)) {
    if (span.fromMs - endMs >= leastMs) gaps.push({ fromMs: endMs, toMs: Math.min(span.fromMs, toMs) });
    endMs = Math.max(endMs, span.toMs);
  }
  if (toMs - endMs >= leastMs) gaps.push({ fromMs: endMs, toMs });
  return gaps;
}
