/** `metadata` of a submit: a map of labels by the contract; a short string by the older proxy, which is echoed. */
export type Labels = { ok: true; labels: Record<string, string> | undefined } | { ok: false; reason: string };

const pairsMax = 16;
const valueBytesMax = 256;
const textBytesMax = 1_024;
const keyPattern = /^[A-Za-z0-9_.-]{1,40}$/;
/** Control characters, bidirectional formatting, half characters. */
const unfit = /[\p{Cc}\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;
/** The key under which a string is kept: no label of the contract can have it. */
export const textLabel = '$text';

export function readLabels(raw: unknown): Labels {
  if (raw === undefined) return { ok: true, labels: undefined };
  if (typeof raw === 'string') return readText(raw);
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return { ok: false, reason: 'metadata must be an object of strings.' };
  const entries = Object.entries(raw as Record<string, unknown>);
  if (entries.length > pairsMax) return { ok: false, reason: `metadata has more than ${pairsMax} pairs.` };
  const bad = entries.find(([key, value]) => !keyPattern.test(key) || !isValue(value));
  if (bad) return { ok: false, reason: `metadata: the pair "${shown(bad[0])}" is not allowed.` };
  return { ok: true, labels: Object.fromEntries(entries) as Record<string, string> };
}

/** As clients gave it, from what the job keeps. */
export function metadataOf(labels: Record<string, string> | null): Record<string, string> | string {
  return labels?.[textLabel] ?? labels ?? {};
}

function readText(raw: string): Labels {
  return Buffer.byteLength(raw) > textBytesMax || raw.includes('\0') || /\p{Surrogate}/u.test(raw)
    ? { ok: false, reason: `metadata as text has ${textBytesMax} bytes at most.` }
    : { ok: true, labels: { [textLabel]: raw } };
}

const isValue = (value: unknown): value is string =>
  typeof value === 'string' && Buffer.byteLength(value) <= valueBytesMax && !unfit.test(value);

const shown = (key: string): string => key.slice(0, 40).replaceAll(/[^\x20-\x7e]/g, '?');
