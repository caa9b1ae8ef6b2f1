import { Fault } from '../../../platform/fault.js';

const unstorable = /\0|\p{Surrogate}/u;

/** What a caller calls his job is kept as he wrote it or refused: Fault invalid_request. */
export function refuseUnstorable(labels: Readonly<Record<string, string>> | undefined): void {
  const texts = Object.entries(labels ?? {}).flat();
  if (texts.some((text) => unstorable.test(text)))
    throw new Fault(
      'invalid_request',
      'A label holds text that cannot be kept: a NUL character, or half of a surrogate pair.',
    );
}
