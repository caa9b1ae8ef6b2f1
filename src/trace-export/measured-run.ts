/** A successful attempt as the record tells of it, and the class of its job. */
export interface MeasuredRun {
  nodeId: string;
  classId: number;
  tenantId: string;
  priority: number;
  /** Epoch milliseconds, as are the other times. */
  submittedMs: number;
  startedMs: number;
  workUnits: number;
  runMs: number;
  /** Of the run, what was not work: loading, mostly. Null where nobody measured it. */
  setUpMs: number | null;
}

export interface ExportedClass {
  profileId: string;
  models: readonly string[];
}
