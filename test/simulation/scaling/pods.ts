/**
 * How KEDA and the HorizontalPodAutoscaler behind it turn a figure into pods, with the values that the chart gives them
 * (deploy/helm/comfymux: `workers.autoscaling`, templates/workers/workers.yaml).
 */
export interface ScalerSettings {
  podsMax: number;
  /** Of the last pod when nothing is wanted, and for which no pod is taken away while more was wanted. */
  cooldownMs: number;
  /** No more than one pod goes within this. */
  downPeriodMs: number;
}

/** As Kubernetes has it where the chart says nothing. */
export const lookIntervalMs = 15_000;
const tolerance = 0.1;
const upAtOnce = 4;

export class Scaler {
  pods = 0;
  private readonly recommended: { atMs: number; pods: number }[] = [];
  private readonly steps: { atMs: number; by: number }[] = [];
  private wantedAtMs = -Infinity;

  constructor(private readonly settings: ScalerSettings) {}

  /** One look at the figure. */
  look(nowMs: number, wanted: number): void {
    if (wanted > 0) this.wantedAtMs = nowMs;
    const before = this.pods;
    this.pods = this.next(nowMs, wanted);
    if (this.pods !== before) this.steps.push({ atMs: nowMs, by: this.pods - before });
  }

  private next(nowMs: number, wanted: number): number {
    const { podsMax, cooldownMs } = this.settings;
    if (this.pods === 0) return wanted > 0 ? 1 : 0;
    if (wanted === 0 && this.pods === 1) return nowMs - this.wantedAtMs >= cooldownMs ? 0 : 1;
    const isClose = Math.abs(wanted / this.pods - 1) <= tolerance;
    const asked = Math.min(podsMax, Math.max(1, isClose ? this.pods : wanted));
    this.recommended.push({ atMs: nowMs, pods: asked });
    if (asked > this.pods) return Math.min(asked, Math.max(2 * this.pods, this.pods + upAtOnce));
    return this.down(nowMs);
  }

  private down(nowMs: number): number {
    const { cooldownMs, downPeriodMs } = this.settings;
    while (this.recommended[0] && nowMs - this.recommended[0].atMs > cooldownMs) this.recommended.shift();
    const most = Math.max(...this.recommended.map(({ pods }) => pods));
    const wentLately = this.steps.some(({ atMs, by }) => by < 0 && nowMs - atMs < downPeriodMs);
    return wentLately ? this.pods : Math.max(this.pods - 1, Math.min(this.pods, most));
  }

  /** The most pods within any such time that were ended for nothing: taken away and made again, or made and taken away. */
  flapping(withinMs: number): number {
    const { steps } = this;
    return Math.max(
      0,
      ...steps.map((first, at) => {
        const near = steps.slice(at).filter(({ atMs }) => atMs - first.atMs < withinMs);
        const moved = near.reduce((sum, { by }) => sum + Math.abs(by), 0);
        const net = Math.abs(near.reduce((sum, { by }) => sum + by, 0));
        return (moved - net) / 2;
      }),
    );
  }
}
