/** The lines of an exported workload. Tenants are numbered and jobs too: the record's names stay in the record. */
import type { RecordedLine } from '../simulation/recorded.js';
import type { Calibration } from './calibration.js';
import type { ExportedClass, MeasuredRun } from './measured-run.js';

export interface ExportedNode {
  id: string;
  gpuClass: string;
  vramBytes: number;
  models: readonly string[];
}

type Line<Kind> = Extract<RecordedLine, { kind: Kind }>;

export interface NodePaces {
  speeds: ReadonlyMap<string, number>;
  loadSlowness: ReadonlyMap<string, number>;
}

export function nodeLine(node: ExportedNode, { speeds, loadSlowness }: NodePaces): Line<'node'> {
  return {
    kind: 'node',
    ...node,
    models: [...node.models],
    speed: speeds.get(node.id) ?? 1,
    loadSlowness: loadSlowness.get(node.id) ?? 1,
  };
}

export class JobLines {
  private readonly tenants = new Map<string, string>();
  private count = 0;

  constructor(
    private readonly calibration: Calibration,
    private readonly speeds: ReadonlyMap<string, number>,
    private readonly originMs: number,
  ) {}

  next(run: MeasuredRun, { profileId, models }: ExportedClass): Line<'job'> {
    this.count += 1;
    const { nodeId, workUnits, runMs, setUpMs } = run;
    const warmMs =
      setUpMs === null
        ? Math.min(runMs, this.calibration.warmMs(profileId, nodeId, workUnits) ?? runMs)
        : runMs - setUpMs;
    return {
      kind: 'job',
      id: `job-${String(this.count).padStart(8, '0')}`,
      arrivalMs: run.submittedMs - this.originMs,
      tenantId: this.tenantOf(run.tenantId),
      priority: Math.min(3, Math.max(0, run.priority)),
      models: [...models],
      profileId,
      workUnits,
      baseMs: Math.max(1, warmMs) * (this.speeds.get(nodeId) ?? 1),
      waitMs: Math.max(0, run.startedMs + (runMs - Math.min(runMs, warmMs)) - run.submittedMs),
    };
  }

  private tenantOf(name: string): string {
    const known = this.tenants.get(name) ?? `tenant-${this.tenants.size + 1}`;
    this.tenants.set(name, known);
    return known;
  }
}
