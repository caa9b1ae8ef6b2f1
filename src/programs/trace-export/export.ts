/** Two passes over the same snapshot: the first learns what the cluster was like, the second writes its jobs. */
import type { RecordedLine } from '../simulation/recorded.js';
import { Calibration } from './calibration.js';
import { LatencyMeter } from './latency.js';
import { JobLines, nodeLine, type ExportedNode } from './lines.js';
import { goneNode, type Period, type RecordReader, type RecordedClasses } from './record-reader.js';

const bytesPerMs = 1.5e6;

interface Survey {
  nodes: Map<string, ExportedNode>;
  models: Set<string>;
  calibration: Calibration;
  latency: LatencyMeter;
  originMs: number;
}

export async function* exportedLines(reader: RecordReader, period: Period): AsyncGenerator<RecordedLine> {
  const classes = await reader.classes();
  const sizeBytes = (model: string): number => classes.sizesBytes[model] ?? 12e9;
  const { nodes, models, calibration, latency, originMs } = await survey(reader, period, classes, sizeBytes);
  const speeds = calibration.speeds();
  const { loadMs, slowness } = calibration.loads();
  for (const node of nodes.values()) yield nodeLine(node, { speeds, loadSlowness: slowness });
  for (const name of models) {
    const assumedMs = sizeBytes(name) / bytesPerMs;
    yield { kind: 'model', name, sizeBytes: sizeBytes(name), loadMs: loadMs.get(name) ?? assumedMs };
  }
  const measured = latency.read();
  if (measured) yield { kind: 'latency', ...measured };
  const jobs = new JobLines(calibration, speeds, originMs);
  for await (const run of reader.runs(period)) {
    const cls = classes.byId.get(run.classId);
    if (cls && run.runMs > 0) yield jobs.next(run, cls);
  }
}

async function survey(
  reader: RecordReader,
  period: Period,
  { byId }: RecordedClasses,
  sizeBytes: (model: string) => number,
): Promise<Survey> {
  const known = new Set([...byId.values()].flatMap((cls) => cls.models));
  const nodes = new Map((await reader.nodes(known)).map((node) => [node.id, node]));
  const nodeOf = (id: string): ExportedNode => nodes.get(id) ?? goneNode(id);
  const calibration = new Calibration({ sizeBytes, vramBytes: (id) => nodeOf(id).vramBytes });
  const latency = new LatencyMeter();
  const models = new Set<string>();
  let originMs = Infinity;
  for await (const run of reader.runs(period)) {
    const cls = byId.get(run.classId);
    if (!cls || run.runMs <= 0) continue;
    calibration.observe(run, cls);
    latency.observe(run);
    originMs = Math.min(originMs, run.submittedMs);
    const node = nodeOf(run.nodeId);
    // It ran them, whatever its inventory says by now.
    nodes.set(node.id, { ...node, models: [...new Set([...node.models, ...cls.models])] });
    for (const model of cls.models) models.add(model);
  }
  return { nodes, models, calibration, latency, originMs };
}
