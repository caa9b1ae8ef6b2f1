/**
 * Named crash points for chaos tests. `COMFYMUX_CRASH_AT=name` kills this process with SIGKILL the first time
 * that point is reached, `name:3` the third time. Without the variable a point costs one comparison.
 */
import { kill, pid } from 'node:process';

export class CrashPoints {
  private readonly name: string | undefined;
  private remaining: number;

  constructor(
    armedAt: string | undefined,
    private readonly die: () => void = () => void kill(pid, 'SIGKILL'),
  ) {
    const [, name, count] = /^(.*?)(?::(\d+))?$/.exec(armedAt ?? '') ?? [];
    this.name = name || undefined;
    this.remaining = Number(count ?? 1);
  }

  hit(name: string): void {
    if (name !== this.name) return;
    this.remaining -= 1;
    if (this.remaining === 0) this.die();
  }
}
