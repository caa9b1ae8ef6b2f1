/**
 * Who the running request is for. The port's hook says it once, so that no door can forget to hand it on to what is written
 * down under an owner. Outside of a request nobody asks: chores and programs.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Fault } from '../../platform/fault.js';
import {
  defaultTenantId,
  hasRight,
  type Kind,
  lackOf,
  may,
  ownedParameters,
  type Principal,
} from './domain/index.js';

const current = new AsyncLocalStorage<Principal>();

export const currentPrincipal = (): Principal | undefined => current.getStore();

export function asPrincipal<T>(principal: Principal, work: () => T): T {
  return current.run(principal, work);
}

/** For what one request starts and others share: chores are nobody's. */
export const outsideOfRequests = <T>(work: () => T): T => current.exit(work);

/** Values of the two parameters of `ownedBy`, for whom the running request is. */
export function currentReach(kind: Kind): [string | null, readonly string[] | null] {
  const principal = currentPrincipal();
  return principal ? ownedParameters(principal, kind) : [null, null];
}

/** Whether the running request may be told of it. */
export function isInCurrentReach(kind: Kind, owned: { tenantId: string; workflow: string | null }): boolean {
  const principal = currentPrincipal();
  return principal === undefined || may(principal, 'read', { kind, ...owned }).ok;
}

/** Whom something is counted for: `asked` is what the caller said. Fault forbidden for another tenant than its own. */
export function currentTenant(asked?: string): string {
  const principal = currentPrincipal();
  const tenantId = asked ?? principal?.tenantId ?? defaultTenantId;
  if (principal && tenantId !== principal.tenantId && principal.role !== 'admin')
    throw new Fault('forbidden', `The tenant "${tenantId}" needs a key of its own, or the role admin.`);
  return tenantId;
}

/** Faults: forbidden for a workflow that is not the key's, and for a place before others without the right to it. */
export function checkSubmit({ workflow, jumps }: { workflow: string | null; jumps: boolean }): void {
  const principal = currentPrincipal();
  if (!principal) return;
  const verdict = may(principal, 'submit', { kind: 'job', workflow });
  if (!verdict.ok) throw new Fault('forbidden', lackOf(verdict));
  if (jumps && !hasRight(principal, 'jump'))
    throw new Fault('forbidden', 'A place before others in the queue needs the right jump.');
}
