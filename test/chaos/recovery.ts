/** How long the others take to go on where a replica ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.js';

export type RecoveryKind =
  | 'attempts adopted after kill -9'
  | 'new leader after kill -9'
  | 'new leader after SIGTERM';

/** `clean`: all others served, and nothing else struck replicas or database meanwhile. */
export interface RecoveryTime {
  kind: RecoveryKind;
  tookMs: number;
  clean: boolean;
}

const watchMs = 60_000;

export class Recovery {
  readonly times: RecoveryTime[] = [];
  /** Whether everything but the replica that was struck is well. */
  isQuiet: () => boolean = () => false;
  private disturbances = 0;

  constructor(private readonly cluster: Cluster) {}

  disturbed(): void {
    this.disturbances += 1;
  }

  /** Call as soon as the replica is dead, or was told to stop. */
  async watch(replicaId: string | undefined, end: 'kill -9' | 'SIGTERM'): Promise<void> {
    this.disturbed();
    if (replicaId === undefined) return;
    const beganMs = performance.now();
    const [leader] = await this.cluster.query<{ led: boolean }>(`SELECT replica_id = $1 AS led FROM leader`, [
      replicaId,
    ]);
    const orphans = end === 'kill -9' ? await this.openOf(replicaId) : 0;
    await Promise.all([
      orphans > 0 &&
        this.measure(
          'attempts adopted after kill -9',
          beganMs,
          async () => (await this.openOf(replicaId)) === 0,
        ),
      leader?.led === true &&
        this.measure(`new leader after ${end}`, beganMs, async () => this.leadsNot(replicaId)),
    ]);
  }

  private async measure(
    kind: RecoveryKind,
    beganMs: number,
    recovered: () => Promise<boolean>,
  ): Promise<void> {
    const quiet = this.isQuiet();
    const before = this.disturbances;
    while (performance.now() - beganMs < watchMs && !(await recovered())) await sleep(50);
    this.times.push({
      kind,
      tookMs: performance.now() - beganMs,
      clean: quiet && this.disturbances === before,
    });
  }

  private async openOf(owner: string): Promise<number> {
    const [row] = await this.cluster.query<{ open: number }>(
      `SELECT count(*)::int AS open FROM attempt WHERE owner = $1 AND closed_at IS NULL`,
      [owner],
    );
    return row!.open;
  }

  private async leadsNot(replicaId: string): Promise<boolean> {
    const [row] = await this.cluster.query<{ other: boolean }>(
      `SELECT replica_id <> $1 AND expires_at > now() AS other FROM leader`,
      [replicaId],
    );
    return row?.other === true;
  }
}
