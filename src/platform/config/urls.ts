import { isLinkLocal } from '../outgoing/index.js';
import { decodePercent, parseUrl, withoutTrailing } from '../outside-text/index.js';

/**
 * A text that holds URLs as it may be printed: the password of each, a user without one, and the values of a query are
 * taken out. Linear, for anybody may register a URL of any shape.
 */
export function redactUrl(text: string): string {
  return text.split(/(\s)/).map(redactWord).join('');
}

function redactWord(word: string): string {
  const start = word.indexOf('//') + 2;
  const end = word.lastIndexOf('@');
  const [user, password] = splitOnce(word.slice(start, end), ':');
  const open =
    start < 2 || end < start
      ? word
      : `${word.slice(0, start)}${password === undefined ? '***' : `${user}:***`}${word.slice(end)}`;
  const [address, query] = splitOnce(open, '?');
  return start < 2 || query === undefined ? open : `${address}?***`;
}

/** Shorter than what PostgreSQL can index. */
const nodeUrlMaxLength = 2048;

/**
 * The address of a ComfyUI server as it is kept, without a trailing slash; a sentence's end when it is none: what has a
 * query or fragment, userinfo that cannot be decoded, or a link-local host. Whoever names a node, this decides.
 */
export function readNodeUrl(text: string): { url: string } | { mistake: string } {
  if (text.length > nodeUrlMaxLength) return { mistake: `is longer than ${nodeUrlMaxLength} characters` };
  const url = parseUrl(text);
  if (!url) return { mistake: 'is not a URL' };
  if (!['http:', 'https:'].includes(url.protocol)) return { mistake: 'is no http(s) URL' };
  // `new URL` takes an empty query or fragment for none, but keeps the sign.
  if (/[?#]/.test(url.href)) return { mistake: 'has a query or fragment' };
  if (![url.username, url.password].every((part) => decodePercent(part) !== undefined))
    return { mistake: 'has userinfo that is not percent-encoded UTF-8' };
  if (isLinkLocal(url.hostname.replace(/^\[|\]$/g, ''))) return { mistake: 'leads to a link-local address' };
  const kept = withoutTrailing(url.href, '/');
  return kept.length > nodeUrlMaxLength
    ? { mistake: `is longer than ${nodeUrlMaxLength} characters` }
    : { url: kept };
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
  const read = readNodeUrl(text ?? '');
  if ('mistake' in read)
    return { mistake: `"${redactUrl(shortened(entry))}" ${read.mistake}; it takes url or name=url` };
  return { name: name ?? defaultName(read.url), url: read.url };
}

const shortened = (entry: string): string => (entry.length <= 300 ? entry : `${entry.slice(0, 300)}…`);

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
  const url = parseUrl(text);
  if (!url) return mistake;
  const { protocol, username, password, hostname, pathname, search, hash } = url;
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

/** A pool of nodes that something else scales. */
export interface ScalingPool {
  name: string;
  /** Infinity without a bound. */
  nodesMax: number;
}

/** Reads `name` or `name:most nodes`; answers a sentence when it is neither. */
export function parseScalingPool(entry: string): ScalingPool | { mistake: string } {
  const [, name, most] = /^([A-Za-z0-9][\w.-]{0,62})(?::([1-9]\d{0,5}))?$/.exec(entry) ?? [];
  return name === undefined
    ? { mistake: `"${entry}" is not the name of a pool, alone or as name:most nodes` }
    : { name, nodesMax: most === undefined ? Infinity : Number(most) };
}

function defaultName(address: string): string {
  const url = parseUrl(address);
  if (!url) return address;
  return url.port ? url.host : `${url.hostname}:${url.protocol === 'https:' ? 443 : 80}`;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
