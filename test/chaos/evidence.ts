/** What the database and the nodes say after a run. */
import type { RecordEntry } from '../../src/programs/simulator/index.js';
import type { Cluster } from './cluster.js';

export interface JobRow {
  id: string;
  /** Null when it came through a door without labels. */
  key: string | null;
  state: string;
  errorCode: string | null;
  finishedAt: Date | null;
}

export interface AttemptRow {
  promptId: string;
  jobId: string;
  no: number;
  nodeId: string;
  outcome: string | null;
  /** The outcome it was closed with before its success was adopted late. */
  givenUpAs: string | null;
  /** It began at its node. */
  ran: boolean;
  code: string | null;
  message: string | null;
  createdAt: Date;
  sendingAt: Date | null;
  sendDeadline: Date | null;
  /** When it was known that the prompt had arrived, or had not. */
  arrivalKnownAt: Date | null;
  closedAt: Date | null;
}

export interface Prompt extends RecordEntry {
  node: string;
}

export interface Evidence {
  jobs: JobRow[];
  attempts: AttemptRow[];
  outputs: { jobId: string; promptId: string }[];
  /** Everything that any node ever accepted from us. */
  prompts: Prompt[];
}

export async function collectEvidence(cluster: Cluster): Promise<Evidence> {
  const records = await Promise.all(
    cluster.nodes.map(async (node) => (await node.record()).map((entry) => ({ ...entry, node: node.name }))),
  );
  return {
    jobs: await cluster.query<JobRow>(
      `SELECT id, labels->>'key' AS key, state, error->>'code' AS "errorCode", finished_at AS "finishedAt" FROM job`,
    ),
    attempts: await cluster.query<AttemptRow>(
      `SELECT prompt_id AS "promptId", job_id AS "jobId", no, node_id AS "nodeId", outcome, running_at IS NOT NULL AS ran, CASE WHEN outcome = 'ok' THEN error->>'code' END AS "givenUpAs", error->'details'->>'exception' AS code, error->>'message' AS message,
         created_at AS "createdAt", sending_at AS "sendingAt", send_deadline AS "sendDeadline", COALESCE(accepted_at, running_at, collecting_at, closed_at) AS "arrivalKnownAt",
         closed_at AS "closedAt" FROM attempt ORDER BY job_id, no`,
    ),
    outputs: await cluster.query<{ jobId: string; promptId: string }>(
      `SELECT job_id AS "jobId", prompt_id AS "promptId" FROM job_output`,
    ),
    // Somebody else's prompts have no client.
    prompts: records.flat().filter(({ clientId }) => clientId !== null),
  };
}
