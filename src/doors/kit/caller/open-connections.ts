/**
 * Connections on which a key or a login is being used: those of one that is no longer good are closed, streams and sockets too. What is
 * revoked is told at once; what runs out is found by a look every few seconds.
 */
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { KeyRing, type Pass, type Principal } from '../../../modules/access/index.js';

const lookIntervalMs = 5_000;

@Injectable()
export class OpenConnections implements OnModuleInit, OnModuleDestroy {
  private readonly sockets = new Map<string, Set<Duplex>>();
  private readonly passes = new Map<string, Pass>();
  private stopListening: () => void = () => undefined;

  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(KeyRing) private readonly keys: KeyRing,
    @Inject(LOGGER) log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'open connections',
      intervalMs: lookIntervalMs,
      log,
      turn: async () => this.lookAtAll(),
    });
  }

  onModuleInit(): void {
    this.stopListening = this.keys.onChange((keyId) => void this.closeUnlessGood(keyId));
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopListening();
    await this.loop.stop();
  }

  /** Until `use`, which may be the connection itself, is closed; it may be already, since who asks was looked up first. */
  watch({ keyId, pass }: Principal, socket: Duplex, use: EventEmitter & { destroyed: boolean }): void {
    if (use.destroyed) return;
    if (pass) {
      this.passes.set(pass.id, pass);
      this.watchOne(pass.id, socket, use);
    }
    if (keyId !== null) this.watchOne(keyId, socket, use);
  }

  private watchOne(keyId: string, socket: Duplex, use: EventEmitter): void {
    const sockets = this.sockets.get(keyId) ?? new Set();
    this.sockets.set(keyId, sockets.add(socket));
    use.once('close', () => {
      sockets.delete(socket);
      if (sockets.size > 0 || this.sockets.get(keyId) !== sockets) return;
      this.sockets.delete(keyId);
      this.passes.delete(keyId);
    });
  }

  /** A key of which nobody can tell is used on: the next look decides. */
  private async closeUnlessGood(keyId: string): Promise<void> {
    if (!this.sockets.has(keyId)) return;
    const isGood = await this.isGood(keyId).catch(() => undefined);
    if (isGood === false) for (const socket of this.sockets.get(keyId) ?? []) socket.destroy();
  }

  private async isGood(id: string): Promise<boolean> {
    const pass = this.passes.get(id);
    return pass ? pass.isGood() : (await this.keys.keyOf(id)) !== null;
  }

  private async lookAtAll(): Promise<void> {
    for (const id of this.sockets.keys()) await this.closeUnlessGood(id);
  }
}
