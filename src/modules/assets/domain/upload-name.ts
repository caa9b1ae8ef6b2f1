import { clip } from '../../comfyui/domain/index.js';

export const nameCharsMax = 255;

/** Under which name a file is kept that a client sent as `filename`: without control characters, which PostgreSQL and headers cannot bear. May be empty. */
export const uploadName = (filename: string): string =>
  clip(filename.replaceAll(/\p{Cc}/gu, ''), nameCharsMax);
