/** Connections on which a key is being used: those of a key that is no longer good are closed, streams and sockets too. */
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { KeyRing, type Principal } from '../../../modules/access/index.js';

@Injectable()
export class OpenConnections implements OnModuleInit, OnModuleDestroy {
  private readonly sockets = new Map<string, Set<Duplex>>();
  private stopListening: () => void = () => undefined;

  constructor(@Inject(KeyRing) private readonly keys: KeyRing) {}

  onModuleInit(): void {
    this.stopListening = this.keys.onChange((keyId) => void this.closeUnlessGood(keyId));
  }

  onModuleDestroy(): void {
    this.stopListening();
  }

  /** Until `use`, which may be the connection itself, is closed. */
  watch({ keyId }: Principal, socket: Duplex, use: EventEmitter): void {
    if (keyId === null) return;
    const sockets = this.sockets.get(keyId) ?? new Set();
    this.sockets.set(keyId, sockets.add(socket));
    use.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0 && this.sockets.get(keyId) === sockets) this.sockets.delete(keyId);
    });
  }

  /** A key of which nobody can tell is used on: the next look decides. */
  private async closeUnlessGood(keyId: string): Promise<void> {
    if (!this.sockets.has(keyId)) return;
    const key = await this.keys.keyOf(keyId).catch(() => undefined);
    if (key === null) for (const socket of this.sockets.get(keyId) ?? []) socket.destroy();
  }
}
