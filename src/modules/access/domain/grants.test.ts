import { expect, it } from 'vitest';
import { claimsAskedFor, type Grant, grantOf, personOf } from './grants.js';

const grant = (claim: string, value: string, role: Grant['role']): Grant => ({
  claim,
  value,
  tenantId: 't',
  role,
});
const grants = [
  grant('groups', 'platform', 'admin'),
  grant('sub', 'system:serviceaccount:render:bot', 'submit'),
  grant('scope', 'watch', 'operator'),
];
const roleOf = (claims: Record<string, unknown>, list = grants) => grantOf(list, claims)?.role;

it('goes by the first grant that fits, in whichever shape the claim comes', () => {
  expect(roleOf({ groups: ['artists', 'platform'] })).toBe('admin');
  expect(roleOf({ groups: 'platform' })).toBe('admin');
  expect(roleOf({ sub: 'system:serviceaccount:render:bot', groups: [] })).toBe('submit');
  expect(roleOf({ scope: 'openid watch' })).toBe('operator');
  expect(roleOf({ groups: ['artists'] }, [...grants, grant('*', '', 'read')])).toBe('read');
});

it('gives nothing for what is not said', () => {
  for (const claims of [
    {},
    { groups: ['platforms'] },
    { groups: { platform: true } },
    { groups: [['platform']] },
    { sub: 5 },
  ])
    expect(roleOf(claims)).toBeUndefined();
  expect(roleOf({}, [grant('constructor', 'x', 'admin'), grant('toString', '', 'admin')])).toBeUndefined();
});

it('names a person by the subject, and by its hash where nobody could write it down', () => {
  expect(personOf('auth0|12', grants[0]!).id).toBe('oidc:auth0|12');
  expect(personOf('a\0b', grants[0]!).id).toMatch(/^oidc:[0-9a-f]{32}$/);
});

it('keeps of what is claimed what grants ask about, and grants the same by it', () => {
  const claims = {
    groups: ['artists', 'platform', 'x'],
    scope: 'openid watch',
    email: 'a@b.example',
    sub: 'a',
  };
  const kept = claimsAskedFor(grants, claims);
  expect(kept).toEqual({ groups: ['platform'], scope: ['watch'] });
  expect(roleOf(kept)).toBe(roleOf(claims));
  expect(claimsAskedFor([grant('*', '', 'read')], claims)).toEqual({});
  const odd = [grant('__proto__', 'x', 'admin'), grant('constructor', 'x', 'admin')];
  expect(roleOf(claimsAskedFor(odd, {}), odd)).toBeUndefined();
});
