import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { signatureOf } from './signature.js';

it.each([
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', undefined],
  ['a plain shared secret', { format: 'raw' } as const],
])(
  'a signature under %s is accepted by the Standard Webhooks library, and only for its own body',
  (secret, options) => {
    const timestampS = Math.floor(Date.now() / 1000);
    const headers = {
      'webhook-id': 'event-1',
      'webhook-timestamp': String(timestampS),
      'webhook-signature': signatureOf(secret, 'event-1', timestampS, '{"a":1}'),
    };
    const webhook = new Webhook(secret, options);
    expect(webhook.verify('{"a":1}', headers)).toEqual({ a: 1 });
    expect(() => webhook.verify('{"a":2}', headers)).toThrow('No matching signature');
  },
);
