/** What is said to whom a login does not succeed. */
import type { LoginObstacle } from '../../../modules/access/index.js';

export type LoginRefusedFor = LoginObstacle | 'key' | 'tries' | 'not-begun-here' | 'not-granted';

export interface RefusalWords {
  status: number;
  complaint: string;
  retryAfterS?: number;
}

export const refusalWords: Record<LoginRefusedFor, RefusalWords> = {
  key: { status: 422, complaint: 'This key is not known, has ended or was revoked.' },
  tries: { status: 429, complaint: 'Too many tries to log in. Try again in a minute.' },
  'not-begun-here': {
    status: 400,
    complaint:
      'This login was not begun in this browser, was begun anew in another tab, or took longer than ten minutes. Try again.',
  },
  'not-granted': {
    status: 403,
    complaint:
      'The provider knows you, but nothing here is granted to you. An operator grants it in OIDC_GRANTS.',
  },
  denied: { status: 403, complaint: 'The provider did not let you in.' },
  'code-spent': {
    status: 400,
    complaint: "The provider's answer was used before, or came too late. Try again.",
  },
  'provider-away': {
    status: 503,
    complaint: 'The provider does not answer. Try again soon.',
    retryAfterS: 5,
  },
  misconfigured: {
    status: 502,
    complaint: 'The provider does not know this service as it is configured. The log tells an operator why.',
  },
  'clocks-differ': {
    status: 502,
    complaint:
      "What the provider vouched for had ended when it came: its clock and that of this service's database differ by more than five minutes.",
  },
  untrusted: {
    status: 502,
    complaint: "The provider's answer cannot be trusted. The log tells an operator why.",
  },
};
