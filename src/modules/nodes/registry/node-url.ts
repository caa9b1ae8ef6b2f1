import { z } from 'zod';
import { readNodeUrl } from '../../../platform/config/index.js';

/** The address of a node as an operator gives it; comes out as it is kept. */
export const nodeUrl = z.string().transform((text, context) => {
  const read = readNodeUrl(text);
  if ('url' in read) return read.url;
  context.addIssue({ code: 'custom', message: read.mistake });
  return z.NEVER;
});
