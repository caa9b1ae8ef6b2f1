import { describe, expect, it } from 'vitest';
import { kinds, may, reachesAll, verbs } from './may.js';
import { anonymous, localOperator, nobody, noScopes, type Principal } from './principal.js';
import { type Right, type Role, roles } from './roles.js';

const withRole = (role: Role, rights: Right[] = [], workflows: string[] | null = null): Principal => ({
  id: 'someone',
  kind: 'key',
  keyId: 'abcdefgh',
  tenantId: 'ours',
  role,
  rights,
  scopes: { ...noScopes, workflows },
});

/** What each role may do with what is its tenant's, or nobody's. */
const allowed: Record<Role, string[]> = {
  metrics: ['read scaling', 'read metrics', 'read self', 'change self'],
  read: 'job content storage catalogue workflow tenant usage self'
    .split(' ')
    .map((kind) => `read ${kind}`)
    .concat('change self'),
  submit: ['submit job', 'cancel job', 'change job', 'change storage'],
  operator: ['change workflow', 'read node', 'change node', 'read scaling', 'read metrics'],
  admin: ['change tenant', 'read key', 'change key', 'read audit'],
};

describe('may', () => {
  it.each(roles)('the role %s does what it says and what those before it may, and nothing else', (role) => {
    const lesser = role === 'metrics' ? [] : roles.slice(1, roles.indexOf(role));
    const expected = [...lesser.flatMap((each) => allowed[each]), ...allowed[role]].toSorted();
    const found = kinds.flatMap((kind) =>
      verbs.flatMap((verb) =>
        may(withRole(role), verb, { kind, tenantId: 'ours' }).ok ? [`${verb} ${kind}`] : [],
      ),
    );
    expect(found.toSorted()).toEqual(expected);
  });

  it('lets nobody do anything, and who sits at the machine everything that anybody may', () => {
    for (const kind of kinds)
      for (const verb of verbs) {
        expect(may(nobody, verb, { kind })).toMatchObject({ ok: false });
        expect(may(localOperator, verb, { kind }).ok).toBe(may(withRole('admin'), verb, { kind }).ok);
      }
  });

  it('hides what is of another tenant, but for what an operator runs and an admin reads', () => {
    const theirs = (principal: Principal, kind: 'job' | 'content' | 'storage') =>
      may(principal, 'read', { kind, tenantId: 'theirs' });
    for (const role of ['read', 'submit'] as const)
      for (const kind of ['job', 'content', 'storage'] as const)
        expect(theirs(withRole(role), kind)).toEqual({ ok: false, reason: 'owner' });
    expect(theirs(anonymous('default', 'submit'), 'job')).toEqual({ ok: false, reason: 'owner' });
    expect(theirs(withRole('operator'), 'job').ok).toBe(true);
    expect(theirs(withRole('operator'), 'content')).toEqual({ ok: false, reason: 'owner' });
    expect(theirs(withRole('operator', ['sees_content']), 'content').ok).toBe(true);
    expect(theirs(withRole('read', ['sees_content']), 'content').ok).toBe(false);
    expect(theirs(withRole('admin'), 'content').ok).toBe(true);
    expect(theirs(withRole('admin'), 'storage').ok).toBe(false);
    expect(reachesAll(withRole('metrics'), 'job')).toBe(false);
  });

  it('keeps a key for some workflows to them, and from graphs', () => {
    const scoped = withRole('submit', [], ['portrait']);
    const submit = (workflow: string | null) =>
      may(scoped, 'submit', { kind: 'job', tenantId: 'ours', workflow }).ok;
    expect([submit('portrait'), submit('film'), submit(null)]).toEqual([true, false, false]);
  });
});
