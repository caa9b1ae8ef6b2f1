/**
 * Named crash points for chaos tests. `COMFYMUX_CRASH_AT=name` kills this process with SIGKILL the first time
 * that point is reached, `name:3` the third time. Without the variable a point costs one comparison.
 */
import { kill, pid } from 'node:process';

/** `thing.state.moment`, in the order of a job's life. */
export const crashPoints = [
  'job.submit.before_commit',
  'job.submit.after_commit',
  'job.cancel.after_commit',
  'attempt.intent.before_commit',
  'attempt.intent.after_commit',
  'attempt.sending.before_commit',
  'attempt.sending.after_commit',
  'attempt.accepted.before_commit',
  'attempt.accepted.after_commit',
  'attempt.withdraw.after_commit',
  'attempt.stop.after_request',
  'attempt.running.after_commit',
  'attempt.collecting.after_commit',
  'attempt.settle.before_commit',
  'attempt.settle.after_commit',
  'attempt.takeover.before_commit',
  'attempt.takeover.after_commit',
  'attempt.late.before_commit',
  'attempt.late.after_commit',
] as const;

export type CrashPoint = (typeof crashPoints)[number];

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

  hit(name: CrashPoint): void {
    if (name !== this.name) return;
    this.remaining -= 1;
    if (this.remaining === 0) this.die();
  }
}
