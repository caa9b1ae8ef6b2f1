/** A successful attempt as the record tells of it, and the class of its job. */
export interface MeasuredRun {
  nodeId: string;
  classId: number;
  tenantId: string;
  priority: number;
  /** Epoch milliseconds, as are the other times. */
  submittedMs: number;
  placedMs: number;
  startedMs: number;
  /** 1: posted behind a run that was about to end. */
  slot: number;
  /** How long it had been kept back for a warm node. */
  heldMs: number;
  workUnits: number;
  runMs: number;
  /** Of the run, what was not work: loading, mostly. Null where nobody measured it. */
  setUpMs: number | null;
}

export interface ExportedClass {
  profileId: string;
  models: readonly string[];
}
