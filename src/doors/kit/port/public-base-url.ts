/** What decides under which address the caller reached us. */
import { withoutTrailing } from '../../../platform/outside-text/index.js';
export interface AddressedRequest {
  headers: Record<string, string | string[] | undefined>;
  protocol: string;
  host: string;
}

const acceptableHost = /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i;

/**
 * The base of absolute URLs handed to the caller, without a trailing slash: PUBLIC_URL when the operator set it, else
 * what a proxy says it was asked for, else the host of the request itself.
 */
export function publicBaseUrl(configured: string | undefined, request: AddressedRequest): string {
  if (configured !== undefined && configured !== '') return withoutTrailing(configured, '/');
  const protocol = firstOf(request.headers['x-forwarded-proto']);
  const host = firstOf(request.headers['x-forwarded-host']);
  return `${protocol === 'https' || protocol === 'http' ? protocol : request.protocol}://${
    host !== undefined && acceptableHost.test(host) ? host : request.host
  }`;
}

/** A chain of proxies appends; the first value is what the client itself asked. */
function firstOf(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text?.split(',')[0]?.trim().toLowerCase();
}
