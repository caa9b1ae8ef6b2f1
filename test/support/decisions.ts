import { call } from './v1.js';

export interface Decision {
  state: string;
  placed: {
    node_id: string;
    behind_another: boolean;
    cost_s: number;
    terms: Record<string, number>;
    runners_up: { node_id: string; cost_s: number }[];
  } | null;
  waiting: { kind: string; reason: string; details: Record<string, unknown> } | null;
  queue_position: number | null;
  eta: { start: string; end: string; end_p90: string } | null;
}

/** `/v1/jobs/{id}/decision` */
export async function decisionOf(url: string, id: string): Promise<Decision> {
  const { status, body } = await call<Decision>(`${url}/v1/jobs/${id}/decision`);
  if (status !== 200) throw new Error(`GET decision answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
