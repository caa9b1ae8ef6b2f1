/** How long the others take to go on where a replica ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster.js';

export type RecoveryKind =
  | 'attempts adopted after kill -9'
  | 'new leader after kill -9'
  | 'new leader after SIGTERM';

/** `clean`: nothing else struck replicas or database meanwhile. */
export interface RecoveryTime {
  kind: RecoveryKind;
  tookMs: number;
  clean: boolean;
}

const watchMs = 60_000;

export class Recovery {
  readonly times: RecoveryTime[] = [];
  private disturbances = 0;

  constructor(private readonly cluster: Cluster) {}

  disturbed(): void {
    this.disturbances += 1;
  }

  /** Call before the strike; call the answer right after it. */
  async watch(replicaId: string | undefined): Promise<(end: 'kill' | 'terminate') => Promise<void>> {
    this.disturbed();
    if (replicaId === undefined) return async () => undefined;
    const [leader] = await this.cluster.query<{ led: boolean }>(`SELECT replica_id = $1 AS led FROM leader`, [
      replicaId,
    ]);
    return async (end) => {
      const led = leader?.led === true;
      const dead = end === 'kill' ? 'kill -9' : 'SIGTERM';
      await Promise.all([
        end === 'kill' &&
          (await this.openOf(replicaId)) > 0 &&
          this.measure('attempts adopted after kill -9', async () => (await this.openOf(replicaId)) === 0),
        led && this.measure(`new leader after ${dead}`, async () => this.leadsNot(replicaId)),
      ]);
    };
  }

  private async measure(kind: RecoveryKind, recovered: () => Promise<boolean>): Promise<void> {
    const before = this.disturbances;
    const beganMs = performance.now();
    while (performance.now() - beganMs < watchMs && !(await recovered())) await sleep(50);
    this.times.push({ kind, tookMs: performance.now() - beganMs, clean: this.disturbances === before });
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
