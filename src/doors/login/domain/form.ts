/** What the page of the login sends. */
export interface LoginForm {
  key?: string | undefined;
  to?: string | undefined;
}

/** Of the last of each name; empty for a body of another kind. */
export function formOf(body: unknown): LoginForm {
  const { key, to } = Object.fromEntries(new URLSearchParams(Buffer.isBuffer(body) ? body.toString() : ''));
  return { key: key?.trim(), to };
}
