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

/** The ComfyUI servers behind a name: the addresses of `host`, or the targets of its SRV record when there is no port. */
export interface NodesName {
  protocol: string;
  username: string;
  password: string;
  host: string;
  port?: number;
}

/** Reads `host:port` or `_service._proto.host`, after `http://`, `https://` or nothing; answers a sentence when it is neither. */
export function parseNodesName(entry: string): NodesName | { mistake: string } {
  const text = /^https?:\/\//.test(entry) ? entry : `http://${entry}`;
  const mistake = { mistake: `"${redactUrl(text)}" is neither host:port nor the name of an SRV record` };
  if (!URL.canParse(text)) return mistake;
  const { protocol, username, password, hostname, pathname, search, hash } = new URL(text);
  if (pathname !== '/' || search || hash) return mistake;
  const base = { protocol, username, password, host: hostname };
  if (/^_[^.]+\._(tcp|udp)\./.test(hostname)) return base;
  const port = /:(\d+)\/?$/.exec(text)?.[1];
  return port === undefined ? mistake : { ...base, port: Number(port) };
}

/** A Kubernetes Service whose endpoints are ComfyUI servers. */
export interface KubernetesService {
  namespace: string;
  service: string;
  /** Name or number. */
  port: string;
}

const kubernetesName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Reads `namespace/service:port`; answers a sentence when it is not that. */
export function parseKubernetesService(entry: string): KubernetesService | { mistake: string } {
  const [, namespace = '', service = '', port = ''] = /^([^/:]+)\/([^/:]+):([^/:]+)$/.exec(entry) ?? [];
  return [namespace, service, port].every((part) => kubernetesName.test(part))
    ? { namespace, service, port }
    : { mistake: `"${entry}" is not namespace/service:port` };
}

function defaultName(url: URL): string {
  return url.port ? url.host : `${url.hostname}:${url.protocol === 'https:' ? 443 : 80}`;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
