/**
 * A stretch of network between a replica and what it talks to. When it is cut, connections stay open at both ends and nothing
 * passes any more, for ever: what a crashed router or a lost mapping leaves behind. New ones pass again after the cut.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export class Link {
  private readonly joints = new Set<Joint>();
  private cuts = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {
    server.on('connection', (near) => this.join(near));
  }

  static async to(url: string): Promise<Link> {
    const { hostname, port } = new URL(url);
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Link(server, { host: hostname, port: Number(port) });
  }

  /** The same address, by way of this link. */
  urlOf(url: string): string {
    const through = new URL(url);
    through.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return through.href.replace(/\/$/, '');
  }

  /** Leaves every connection half-open, and those that are made within `forMs`. */
  async cutFor(forMs: number): Promise<void> {
    this.cuts += 1;
    for (const joint of this.joints) joint.sever();
    await sleep(forMs);
    this.cuts -= 1;
  }

  async close(): Promise<void> {
    this.server.close();
    for (const joint of this.joints) joint.destroy();
    await once(this.server, 'close');
  }

  private join(near: Socket): void {
    const joint = new Joint(near, connect({ ...this.target, noDelay: true }));
    this.joints.add(joint);
    near.on('close', () => this.joints.delete(joint));
    if (this.cuts > 0) joint.sever();
  }
}

class Joint {
  private severed = false;

  constructor(
    private readonly near: Socket,
    private readonly far: Socket,
  ) {
    for (const socket of [near, far]) {
      socket.on('error', () => undefined);
      socket.on('close', () => !this.severed && this.destroy());
    }
    near.pipe(far).pipe(near);
  }

  /** Neither end hears of the other again, not even of its end. */
  sever(): void {
    this.severed = true;
    for (const socket of [this.near, this.far]) socket.unpipe().resume();
  }

  destroy(): void {
    this.near.destroy();
    this.far.destroy();
  }
}
