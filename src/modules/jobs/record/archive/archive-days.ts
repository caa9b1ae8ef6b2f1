/** Days of the archive, as `YYYY-MM-DD` in UTC. */

const dayMs = 86_400_000;

export const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

export const dayAfter = (day: string): string => dayOf(new Date(Date.parse(day) + dayMs));

/** The day of `now` and those that follow it. */
export const daysFrom = (now: Date, count: number): string[] =>
  Array.from({ length: count }, (_, index) => dayOf(new Date(now.getTime() + index * dayMs)));

/** Whether the day ended `retentionDays` days ago or earlier; 0 keeps every day. */
export const isPastRetention = (day: string, now: Date, retentionDays: number): boolean =>
  retentionDays > 0 && Date.parse(day) + (1 + retentionDays) * dayMs <= now.getTime();

export const partitionOf = (table: string, day: string): string => `${table}_${day.replaceAll('-', '')}`;

/** The day of `partitionOf('job', day)`; undefined for tables of other names. */
export const dayOfPartition = (name: string): string | undefined =>
  /^job_\d{8}$/.test(name) ? `${name.slice(4, 8)}-${name.slice(8, 10)}-${name.slice(10)}` : undefined;
