/** What a key or a person may do at most. */

/** Each includes what stands before it, but for `metrics`, which is alone. */
export const roles = ['metrics', 'read', 'submit', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Beside a role: `jump` goes before others in the queue, `sees_content` shows prompts and results of other tenants. */
export const rights = ['jump', 'sees_content'] as const;
export type Right = (typeof rights)[number];

const rank: Record<Role, number> = { metrics: 0, read: 1, submit: 2, operator: 3, admin: 4 };

/** `role` may do what needs `needed`. An operator reads metrics too; whoever has `metrics` alone does nothing else. */
export function includes(role: Role, needed: Role): boolean {
  if (needed === 'metrics') return role === 'metrics' || rank[role] >= rank.operator;
  return role !== 'metrics' && rank[role] >= rank[needed];
}

/** Who may give itself every right has it. */
export const hasRight = (holder: { role: Role | null; rights: readonly Right[] }, right: Right): boolean =>
  holder.role === 'admin' || holder.rights.includes(right);
