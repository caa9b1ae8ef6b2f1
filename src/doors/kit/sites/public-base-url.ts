/** What decides under which address the caller reached us, as Fastify reads it by the hops that are trusted. */
import { withoutTrailing } from '../../../platform/outside-text/index.js';
export interface AddressedRequest {
  protocol: string;
  host: string;
}

const acceptableHost = /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i;

/**
 * The base of absolute URLs handed to the caller, without a trailing slash: PUBLIC_URL when the operator set it, else
 * what a trusted proxy says it was asked for (TRUST_PROXY), else the host of the request itself.
 */
export function publicBaseUrl(configured: string | undefined, request: AddressedRequest): string {
  if (configured !== undefined && configured !== '') return withoutTrailing(configured, '/');
  const { protocol, host } = request;
  return `${protocol === 'https' ? 'https' : 'http'}://${acceptableHost.test(host) ? host : 'localhost'}`;
}
