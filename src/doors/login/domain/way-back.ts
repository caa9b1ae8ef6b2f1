/** Where one goes on after logging in: to a page of this very port, and to nobody else's. */
import { parseUrl } from '../../../platform/outside-text/index.js';

const here = 'http://here.invalid';
/** It is kept in a cookie meanwhile, and browsers keep none of more than 4 KiB. */
const lengthMax = 2_000;

export function wayBack(asked: string | undefined, home: string): string {
  // A browser takes a backslash for a slash, and drops line breaks.
  if (asked === undefined || asked.length > lengthMax || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(asked))
    return home;
  const url = parseUrl(asked, here);
  if (!url || url.origin !== here || url.pathname.startsWith('/login')) return home;
  return url.pathname + url.search;
}
