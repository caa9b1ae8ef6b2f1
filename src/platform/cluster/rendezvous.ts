import { createHash } from 'node:crypto';

/** The member with the highest hash for this key. `members` must not be empty. */
export function ownerOf(key: string, members: readonly string[]): string {
  const ranked = members.map((member) => ({
    member,
    rank: createHash('sha1').update(`${key} ${member}`).digest('hex'),
  }));
  return ranked.reduce((best, next) => (next.rank > best.rank ? next : best)).member;
}
