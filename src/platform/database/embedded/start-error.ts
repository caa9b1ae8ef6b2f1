/** `message` is one line for the operator and says what to do. */
export class DatabaseStartError extends Error {
  override readonly name = 'DatabaseStartError';
}
