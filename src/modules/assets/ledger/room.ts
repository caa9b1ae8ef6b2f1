/** What a tenant is told whose files do not fit: what it keeps at one time, or what it sends in a day, UTC. */
import { dayS, untilMidnightS } from '../../../platform/clock/index.js';
import { Fault } from '../../../platform/fault.js';

export type FileQuota = 'stored_bytes' | 'uploaded_bytes_per_day';

/** In bytes; null is no limit. */
export interface Limits {
  maxStoredBytes: number | null;
  maxUploadedBytesPerDay: number | null;
}

/** What is left, besides. */
export interface Room extends Limits {
  storedBytes: number | null;
  uploadedBytesPerDay: number | null;
}

/** Bytes that one more upload may have, and the quota that says so; undefined without any. */
export function boundOf({
  storedBytes,
  uploadedBytesPerDay,
}: Room): { bytes: number; quota: FileQuota } | undefined {
  const bounds = [
    { quota: 'stored_bytes' as const, bytes: storedBytes },
    { quota: 'uploaded_bytes_per_day' as const, bytes: uploadedBytesPerDay },
  ].flatMap(({ quota, bytes }) => (bytes === null ? [] : [{ quota, bytes: Math.max(0, bytes) }]));
  return bounds.toSorted((a, b) => a.bytes - b.bytes)[0];
}

/** Fault storage_full, which no waiting mends, or quota_exceeded, until tomorrow. */
export function noRoom(tenantId: string, quota: FileQuota, limits: Limits, now = new Date()): Fault {
  if (quota === 'stored_bytes') {
    const limit = limits.maxStoredBytes ?? 0;
    return new Fault(
      'storage_full',
      `tenant "${tenantId}" has no room for this file: it may keep ${limit} bytes`,
      { quota, limit },
    );
  }
  const limit = limits.maxUploadedBytesPerDay ?? 0;
  return new Fault(
    'quota_exceeded',
    `tenant "${tenantId}" may upload ${limit} bytes in a day (UTC), and this file does not fit into what is left`,
    { quota, limit, window_s: dayS },
    { retryAfterSeconds: untilMidnightS(now) },
  );
}
