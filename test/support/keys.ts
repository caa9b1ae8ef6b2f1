/** Tenants and keys, made by who sits at the machine of the service. */
import { call } from './v1.js';

export interface MadeKey {
  /** Public. */
  id: string;
  /** The whole, which is told this once. */
  key: string;
}

/** As `POST /v1/keys` takes it. */
export interface KeyOrder {
  principal: string;
  role: string;
  tenant?: string;
  workflows?: string[];
}

export async function makeTenant(url: string, id: string): Promise<void> {
  const { status, body } = await call(`${url}/v1/tenants/${id}`, 'PUT', {});
  if (status !== 200) throw new Error(`PUT tenant answered ${status}: ${JSON.stringify(body)}`);
}

export async function makeKey(url: string, order: KeyOrder): Promise<MadeKey> {
  const { status, body } = await call<MadeKey>(`${url}/v1/keys`, 'POST', order);
  if (status !== 201) throw new Error(`POST key answered ${status}: ${JSON.stringify(body)}`);
  return body;
}
