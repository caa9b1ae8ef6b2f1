/** The operator's knobs. Every default was chosen with `npm run simulate`; docs/scheduling.md shows the effect of each. */
export interface SchedulingOptions {
  /** `least-queue` is for comparison: see least-queue.ts. */
  policy: 'cost' | 'least-queue';
  /** Virtual seconds of lead a job gains per second of model loading it spares the node. */
  lambda: number;
  /** Most virtual seconds a job can lose so to warm work while jobs wait long; and as long as they wait less than that. */
  maxBiasS: number;
  calmBiasS: number;
  /** Virtual seconds a job falls behind per second of its own run time: short work first. */
  sizeWeight: number;
  /** Most virtual seconds a job can lose so to shorter work. */
  maxSizeBiasS: number;
  /** Weight of a job's own run among the costs of a node: less than 1, and jobs take warm nodes though they are slower. */
  runWeight: number;
  /** Longest total time a job is kept back from a cold idle node for the sake of a warm one. */
  holdMs: number;
  /** Weight of a class's backlog in the order; 0 in steady state, 0.25 drains one large batch sooner. */
  gamma: number;
  /** A job overtaken by more virtual seconds than this pins a node. */
  reserveAfterS: number;
  /** Share of the nodes that may be pinned at once; at least one node may. */
  reserveShare: number;
  /** Horizon within which an evicted model counts as needed again. */
  evictionHorizonS: number;
  /** Cost of patching another LoRA set into a resident model, until measured. */
  loraPatchS: number;
  /** The next prompt may be handed over when the running one has at most this left. */
  handOverMs: number;
  /** A handed-over prompt is withdrawn when the running one overshoots its expected end by this. */
  overshootMs: number;
  /** Jobs kept in memory per class. */
  windowSize: number;
  /** Other nodes reported with each placement. */
  runnersUp: number;
  /** Size taken for a model whose bytes are unknown. */
  defaultModelBytes: number;
}

export const defaultOptions: Readonly<SchedulingOptions> = {
  policy: 'cost',
  lambda: 16,
  maxBiasS: 2_700,
  calmBiasS: 800,
  sizeWeight: 1.5,
  maxSizeBiasS: 700,
  runWeight: 0.5,
  holdMs: 300_000,
  gamma: 0,
  reserveAfterS: 3_600,
  reserveShare: 0.05,
  evictionHorizonS: 900,
  loraPatchS: 2,
  handOverMs: 3_000,
  overshootMs: 5_000,
  windowSize: 32,
  runnersUp: 3,
  defaultModelBytes: 12e9,
};
