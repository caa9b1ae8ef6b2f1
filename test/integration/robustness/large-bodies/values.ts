/** What large bodies are made of. */
/** MAX_BODY_BYTES, less what stands around. */
export const roomBytes = 16 * 1024 * 1024 - 4_096;
export const nodesMax = 5_000;
export const inputsPerNode = 16;

export const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
export const text = (piece: string): string =>
  piece.repeat(Math.floor(roomBytes / Buffer.byteLength(JSON.stringify(piece).slice(1, -1))));

export const manyMembers = (count: number): Record<string, unknown> =>
  Object.fromEntries(range(count).map((at) => [`k${at}`, 1]));

export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
