/**
 * Reads closed attempts, the hot ones and the archived, in one read-only snapshot through a cursor: memory is bounded by the
 * classes and nodes, not by the attempts. A job and its attempts are archived together, so the snapshot has each once.
 */
import pg from 'pg';
import {
  assumedBytesOf,
  byCodeUnit,
  forwardSlashes,
  type Requirements,
} from '../../modules/workflows/domain/index.js';
import type { ExportedNode } from './lines.js';
import type { ExportedClass, MeasuredRun } from './measured-run.js';

export interface Period {
  since: Date | undefined;
  until: Date | undefined;
}

export interface RecordedClasses {
  byId: Map<number, ExportedClass>;
  sizesBytes: Record<string, number>;
}

const batchRows = 2_000;
/** A snapshot keeps the server from cleaning up behind the service. */
const longestMs = 15 * 60_000;
/** Of a node that does not tell its memory. */
const assumedVramBytes = 24e9;

const runsOf = (schema: 'public' | 'archive'): string => `
  SELECT a.node_id AS "nodeId", j.class_id AS "classId", j.tenant_id AS "tenantId", j.priority, j.work_units AS "workUnits",
    a.set_up_ms AS "setUpMs", ${epochMs('j.created_at')} AS "submittedMs", ${epochMs('a.running_at')} AS "startedMs",
    ${epochMs('a.created_at')} AS "placedMs", COALESCE((a.decision->>'slot')::int, 0) AS slot,
    COALESCE((a.decision->>'heldMs')::float8, 0) AS "heldMs",
    COALESCE(a.run_ms, ${epochMs('COALESCE(a.collecting_at, a.closed_at)')} - ${epochMs('a.running_at')}) AS "runMs"
  FROM ${schema}.attempt a JOIN ${schema}.job j ON j.id = a.job_id ${schema === 'archive' ? 'AND j.day = a.day' : ''}
  WHERE a.outcome = 'ok' AND a.running_at IS NOT NULL
    AND j.created_at >= COALESCE($1, '-infinity'::timestamptz) AND j.created_at < COALESCE($2, 'infinity'::timestamptz)`;

export class RecordReader {
  private constructor(private readonly client: pg.Client) {}

  static async open(url: string): Promise<RecordReader> {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'comfymux-trace-export',
      connectionTimeoutMillis: 5_000,
      query_timeout: longestMs,
    });
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(`SET LOCAL statement_timeout = ${longestMs}`);
    return new RecordReader(client);
  }

  async close(): Promise<void> {
    await this.client.end();
  }

  async classes(): Promise<RecordedClasses> {
    const { rows } = await this.client.query<{
      id: number;
      profileId: string;
      models: string[];
      requirements: Requirements;
    }>('SELECT id, profile_id AS "profileId", models, requirements FROM sched_class ORDER BY id');
    const sizesBytes: Record<string, number> = {};
    for (const { requirements } of rows)
      for (const [model, bytes] of Object.entries(assumedBytesOf(requirements)))
        sizesBytes[model] = Math.max(bytes, sizesBytes[model] ?? 0);
    return {
      byId: new Map(rows.map(({ id, profileId, models }) => [id, { profileId, models }])),
      sizesBytes,
    };
  }

  /** The registered nodes, with what they have of `models`. */
  async nodes(models: ReadonlySet<string>): Promise<ExportedNode[]> {
    const { rows } = await this.client.query<{
      id: string;
      gpuClass: string | null;
      vramBytes: number | null;
      choices: string[] | null;
    }>(`SELECT n.id, n.gpu_class AS "gpuClass", (n.devices->0->>'vramTotalBytes')::float8 AS "vramBytes",
          (SELECT array_agg(DISTINCT choice #>> '{}') FROM jsonb_path_query(i.body, '$.*.choices.*[*] ? (@.type() == "string")') choice) AS choices
        FROM node n LEFT JOIN inventory i ON i.hash = n.inventory_hash ORDER BY n.id`);
    return rows.map(({ id, gpuClass, vramBytes, choices }) => ({
      id,
      gpuClass: gpuClass ?? 'unknown',
      vramBytes: vramBytes || assumedVramBytes,
      models: [...new Set((choices ?? []).map(forwardSlashes))]
        .filter((name) => models.has(name))
        .toSorted(byCodeUnit),
    }));
  }

  /** In the order in which they began. May be called again: the snapshot is the same. */
  async *runs({ since, until }: Period): AsyncGenerator<MeasuredRun> {
    const union = `${runsOf('public')} UNION ALL ${runsOf('archive')} ORDER BY "startedMs", "submittedMs"`;
    await this.client.query(`DECLARE runs NO SCROLL CURSOR FOR ${union}`, [since ?? null, until ?? null]);
    for (;;) {
      const { rows } = await this.client.query<MeasuredRun>(`FETCH ${batchRows} FROM runs`);
      yield* rows;
      if (rows.length < batchRows) break;
    }
    await this.client.query('CLOSE runs');
  }
}

function epochMs(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000)::float8`;
}

export function goneNode(id: string): ExportedNode {
  return { id, gpuClass: 'unknown', vramBytes: assumedVramBytes, models: [] };
}
