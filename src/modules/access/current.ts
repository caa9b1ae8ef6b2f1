/**
 * Who the running request is for. The port's hook says it once, so that no door can forget to hand it on to what is written
 * down under an owner. Outside of a request nobody asks: chores and programs.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Principal } from './domain/index.js';

const current = new AsyncLocalStorage<Principal>();

export const currentPrincipal = (): Principal | undefined => current.getStore();

export function asPrincipal<T>(principal: Principal, work: () => T): T {
  return current.run(principal, work);
}
