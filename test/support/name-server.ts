/** A DNS server on loopback that answers what the test tells it to. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const types: Record<string, number> = { A: 1, AAAA: 28, SRV: 33 };

export interface Zone {
  A?: string[];
  AAAA?: string[];
  SRV?: { target: string; port: number }[];
}

export interface NameServer {
  /** As `Resolver.setServers` takes it. */
  address: string;
  /** `broken` answers SERVFAIL, `silent` not at all; a name that is not there is NXDOMAIN. */
  zones: Record<string, Zone | 'broken' | 'silent'>;
  stop: () => Promise<void>;
}

export async function startNameServer(zones: NameServer['zones']): Promise<NameServer> {
  const socket = createSocket('udp4');
  const server: NameServer = {
    address: '',
    zones,
    stop: async () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on('message', (query, peer) => {
    const { name, end } = nameAt(query, 12);
    const zone = server.zones[name];
    if (zone === 'silent') return;
    const answers = zone === undefined || zone === 'broken' ? [] : recordsOf(zone, query.readUInt16BE(end));
    const code = zone === 'broken' ? 2 : zone === undefined ? 3 : 0;
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | code, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answers.length, 6);
    socket.send(Buffer.concat([header, query.subarray(12, end + 4), ...answers]), peer.port, peer.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  server.address = `127.0.0.1:${socket.address().port}`;
  return server;
}

function nameAt(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}

function recordsOf(zone: Zone, type: number): Buffer[] {
  const bodies =
    type === types['A']
      ? (zone.A ?? []).map((address) => Buffer.from(address.split('.').map(Number)))
      : type === types['AAAA']
        ? (zone.AAAA ?? []).map(ipv6)
        : (zone.SRV ?? []).map(({ target, port }) =>
            Buffer.concat([uint16(0), uint16(100), uint16(port), encoded(target)]),
          );
  return bodies.map((body) =>
    Buffer.concat([
      uint16(0xc00c),
      uint16(type),
      uint16(1),
      Buffer.from([0, 0, 0, 5]),
      uint16(body.length),
      body,
    ]),
  );
}

/** Addresses written whole, or with one `::`. */
function ipv6(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const [left, right] = [head, tail].map((part) => part.split(':').filter((group) => group !== ''));
  const missing = 8 - (left?.length ?? 0) - (right?.length ?? 0);
  const groups = [...(left ?? []), ...Array.from({ length: missing }, () => '0'), ...(right ?? [])];
  return Buffer.concat(groups.map((group) => uint16(Number.parseInt(group, 16))));
}

function uint16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
}

const encoded = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split('.')
      .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ]);
