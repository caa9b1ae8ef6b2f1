/** `NODES_DNS`: the addresses of one name, or the targets of one SRV record, looked up again and again. */
import { NODATA, NOTFOUND, type promises as dns } from 'node:dns';
import type { NodesName } from '../../../platform/config/index.js';
import { PeriodicLoop, untilAborted } from '../../../platform/lifecycle/index.js';
import { afterAnswer, type KnownAddresses, type NameAddress, nodesAt, sightingOf } from '../domain/index.js';
import { type NodeSource, type SourceDependencies, SourceReport } from './source.js';

/** `setServers` of a `Resolver` decides whom it asks; its time limits bound a look-up. */
export type NameResolver = Pick<dns.Resolver, 'resolve4' | 'resolve6' | 'resolveSrv'>;

export class DnsSource implements NodeSource {
  readonly name: string;
  readonly report: SourceReport;
  private readonly loop: PeriodicLoop;
  private known: KnownAddresses = new Map();

  constructor(
    private readonly target: NodesName,
    private readonly resolver: NameResolver,
    intervalMs: number,
    deps: SourceDependencies,
  ) {
    this.name = `dns:${target.port === undefined ? target.host : `${target.host}:${target.port}`}`;
    this.report = new SourceReport(this.name, deps);
    this.loop = new PeriodicLoop({
      name: this.name,
      intervalMs,
      ...deps,
      turn: async (signal) => untilAborted(this.look(), signal),
    });
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
  }

  private async look(): Promise<void> {
    try {
      const answer = await this.addresses();
      const before = [...this.known.keys()].join();
      this.known = afterAnswer(this.known, answer);
      const isNew = this.report.sighting === undefined || [...this.known.keys()].join() !== before;
      this.report.succeeded(isNew ? sightingOf(nodesAt(this.known, this.target)) : undefined);
    } catch (error) {
      this.report.failed(error);
    }
  }

  private async addresses(): Promise<NameAddress[]> {
    const { host, port } = this.target;
    if (port === undefined) {
      const targets = await this.resolver.resolveSrv(host);
      return targets.map(({ name, port: targetPort }) => ({
        host: name.replace(/\.$/, ''),
        port: targetPort,
      }));
    }
    // A host with both would be two nodes with one GPU.
    const addresses = await this.resolver.resolve4(host).catch(async (error: unknown) => {
      if (!isAbsence(error)) throw error;
      return this.resolver.resolve6(host);
    });
    return addresses.map((address) => ({ host: address, port }));
  }
}

/** Of addresses of this family; that a name has none at all is an error, for it is as likely a mistake. */
function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === NODATA || error.code === NOTFOUND);
}
