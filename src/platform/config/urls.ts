/** `scheme://user:secret@host/…` as it may be printed: the password, and a user without one, are taken out. */
export function redactUrl(text: string): string {
  return text.replace(/\/\/(\S*)@/, (_match, userinfo: string) => {
    const [user, password] = splitOnce(userinfo, ':');
    return password === undefined ? '//***@' : `//${user}:***@`;
  });
}

export interface NodeAddress {
  /** Unique; from `name=url`, else `host:port` of the URL. */
  name: string;
  /** Without a trailing slash; may hold userinfo, which is sent as basic auth and must be printed only through `redactUrl`. */
  url: string;
}

/** Reads `url` or `name=url`; answers a sentence when it is neither. */
export function parseNodeAddress(entry: string): NodeAddress | { mistake: string } {
  const [, name, text] = /^(?:([A-Za-z0-9][\w.:-]*)=)?(.*)$/s.exec(entry) ?? [];
  const url = URL.canParse(text ?? '') ? new URL(text ?? '') : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    return { mistake: `"${redactUrl(entry)}" is neither an http(s) URL nor name=URL` };
  }
  if (url.search || url.hash) return { mistake: `"${redactUrl(entry)}" has a query or fragment` };
  return { name: name ?? defaultName(url), url: url.href.replace(/\/+$/, '') };
}

function defaultName(url: URL): string {
  return url.port ? url.host : `${url.hostname}:${url.protocol === 'https:' ? 443 : 80}`;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
