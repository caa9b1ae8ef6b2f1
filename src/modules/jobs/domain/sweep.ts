/** One job and lists of values: a job for each combination, or for each place of the lists. */
export type SweepMode = 'product' | 'zip';

/** Values by name. */
export type Values = Record<string, unknown>;

export type Swept = { ok: true; values: Values[] } | { ok: false; name?: string; message: string };

const listsMax = 100;

/** Of several lists the last named runs fastest. Says what there is too much of before anything is made. */
export function sweep(lists: Readonly<Values>, mode: SweepMode, most: number): Swept {
  const listCount = Object.keys(lists).length;
  if (listCount > listsMax)
    return { ok: false, message: `it has ${listCount} lists; ${listsMax} are taken at most` };
  const named: Lists = [];
  for (const [name, values] of Object.entries(lists)) {
    if (!Array.isArray(values) || values.length === 0)
      return { ok: false, name, message: 'a list of one value or more' };
    named.push([name, values]);
  }
  const lengths = named.map(([, values]) => values.length);
  if (named.length === 0) return { ok: false, message: 'a list of values for one name or more' };
  if (mode === 'zip' && new Set(lengths).size > 1)
    return { ok: false, message: `the lists of a zip are of one length; these have ${told(lengths)}` };
  const count = mode === 'zip' ? lengths[0]! : lengths.reduce((product, length) => product * length, 1);
  if (count > most) return { ok: false, message: `it makes ${count} jobs; ${most} are taken at most` };
  const pick = mode === 'zip' ? zipped : combined;
  return { ok: true, values: Array.from({ length: count }, (_, no) => pick(named, no)) };
}

type Lists = [string, readonly unknown[]][];

const toldMax = 10;
const told = (lengths: readonly number[]): string =>
  lengths.slice(0, toldMax).join(', ') + (lengths.length > toldMax ? ', …' : '');

const zipped = (named: Lists, no: number): Values =>
  Object.fromEntries(named.map(([name, values]) => [name, values[no]]));

function combined(named: Lists, no: number): Values {
  let rest = no;
  const picked = named.toReversed().map(([name, values]): [string, unknown] => {
    const value = values[rest % values.length];
    rest = Math.floor(rest / values.length);
    return [name, value];
  });
  return Object.fromEntries(picked.toReversed());
}
