/**
 * Whether this service may touch its nodes. It may not with DISPATCH=off, nor while its database or storage is another than its site
 * last worked with: a restored copy would run, on the real nodes, what the original runs already. Whatever reaches out of the service
 * begins by `whenOpen`. An operator's word (`npm run site -- adopt`) opens it without a restart.
 */
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Clock } from '../clock/index.js';
import { PeriodicLoop } from '../lifecycle/index.js';
import type { Logger } from '../logging/index.js';
import type { Storage } from '../storage/index.js';
import { beginSite, noteMarked, readPlace, readSite } from './site.store.js';
import { type Mark, type Place, type Standing, standingOf } from './standing.js';

const lookIntervalMs = 2_000;
const markPatienceMs = 5_000;

export interface SiteDependencies {
  pool: Pick<Pool, 'query'>;
  storage: Pick<Storage, 'readMark' | 'writeMark'>;
  /** DISPATCH. */
  dispatch: 'on' | 'off';
  clock: Clock;
  log: Logger;
}

export class Site implements OnModuleDestroy, OnModuleInit {
  /** Why nothing is dispatched, as the end of a sentence; undefined while the service works. */
  heldBecause: string | undefined = 'it starts';
  private readonly waiting: (() => void | Promise<void>)[] = [];
  private readonly loop: PeriodicLoop;
  private firstLook: Promise<void> | undefined;

  constructor(private readonly deps: SiteDependencies) {
    const { clock, log } = deps;
    const turn = async (): Promise<void> => this.look();
    this.loop = new PeriodicLoop({ name: 'site', intervalMs: lookIntervalMs, clock, log, turn });
  }

  /** Before anything begins, which is when the application has bootstrapped. */
  async onModuleInit(): Promise<void> {
    await this.looked();
  }

  /** Resolves once it is known whether the service may work. */
  looked(): Promise<void> {
    return (this.firstLook ??= this.lookFirst());
  }

  private async lookFirst(): Promise<void> {
    if (this.deps.dispatch === 'off') this.heldBecause = 'DISPATCH is off';
    else await this.look();
    if (this.isOpen) return;
    this.deps.log.warn(this.sentence);
    if (this.deps.dispatch === 'on') this.loop.start();
  }

  get isOpen(): boolean {
    return this.heldBecause === undefined;
  }

  /** For the log and for whoever waits. */
  get sentence(): string {
    const remedy =
      this.deps.dispatch === 'off' ? '' : '. `npm run site -- adopt` makes them a site of their own';
    return `this service shows what its database holds and touches no node: ${this.heldBecause}${remedy}`;
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Begins at once when the service may touch its nodes, later when it may later. */
  async whenOpen(begin: () => void | Promise<void>): Promise<void> {
    if (this.isOpen) await begin();
    else this.waiting.push(begin);
  }

  private async look(): Promise<void> {
    const { pool } = this.deps;
    const place = await readPlace(pool);
    let standing = await this.standing(place);
    if (standing.kind === 'new') await beginSite(pool, place);
    // Another replica may have begun the site between the two readings.
    if (standing.kind === 'new' || standing.kind === 'strange') standing = await this.standing(place);
    if (standing.kind === 'unmarked') await this.mark();
    this.heldBecause = standing.kind === 'strange' ? standing.reason : undefined;
    if (this.isOpen) await this.begin();
  }

  /** The database first: a mark is written before the database says so. */
  private async standing(place: Place): Promise<Standing> {
    const { pool, storage, log } = this.deps;
    const record = await readSite(pool);
    return standingOf(record, place, await readMark(storage, log));
  }

  /** A storage that cannot be written is told at the next start. */
  private async mark(): Promise<void> {
    const { pool, storage, log } = this.deps;
    const siteId = (await readSite(pool))?.siteId ?? '';
    try {
      await storage.writeMark(siteId);
      await noteMarked(pool, siteId);
    } catch (error) {
      log.warn({ err: error }, 'the storage could not be given the mark of this site');
    }
  }

  private async begin(): Promise<void> {
    const waiting = this.waiting.splice(0);
    if (waiting.length === 0) return;
    this.deps.log.info('the site was adopted: dispatching begins');
    void this.loop.stop();
    for (const begin of waiting) await begin();
  }
}

async function readMark(storage: SiteDependencies['storage'], log: Logger): Promise<Mark> {
  const patience = AbortSignal.timeout(markPatienceMs);
  try {
    return await Promise.race([
      storage.readMark(),
      new Promise<never>((_resolve, reject) => {
        patience.addEventListener('abort', () => reject(patience.reason as Error), { once: true });
      }),
    ]);
  } catch (error) {
    log.warn({ err: error }, 'the mark of the storage could not be read');
    return null;
  }
}
