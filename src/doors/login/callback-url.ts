/** Where a browser comes back to from the OpenID provider: under the very name that it came by, which its cookies belong to. */
import { parseUrl } from '../../platform/outside-text/index.js';
import { type AddressedRequest, publicBaseUrl } from '../kit/index.js';

export const callbackPath = '/login/callback';

/** `publicUrl` tells how that name is reached from outside, where a proxy in between does not. */
export function callbackUrl(publicUrl: string | undefined, request: AddressedRequest): string {
  const known = publicUrl === undefined ? undefined : parseUrl(publicUrl);
  const isKnown = known?.host === request.host.toLowerCase();
  return `${isKnown ? known.origin : publicBaseUrl(undefined, request)}${callbackPath}`;
}
