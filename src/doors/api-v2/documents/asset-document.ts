import type { AssetRecord } from '../../../modules/assets/index.js';

/** Where bytes are served directly the contract's expiry is a formality. */
const urlLifetimeMs = 24 * 3_600_000;

export const assetUrl = (baseUrl: string, id: string): string => `${baseUrl}/api/v2/assets/${id}/content`;

export const urlExpiry = (now: Date): string => new Date(now.getTime() + urlLifetimeMs).toISOString();

export type AssetDocument = ReturnType<typeof assetDocument>;

export function assetDocument(record: AssetRecord, baseUrl: string, now: Date, createdNew?: boolean) {
  return {
    id: record.id,
    hash: record.blake3 === null ? null : `blake3:${record.blake3}`,
    size_bytes: record.sizeBytes,
    content_type: record.contentType,
    file_path: record.filePath,
    ...(createdNew === undefined ? {} : { created_new: createdNew }),
    created_at: record.createdAt.toISOString(),
    url: assetUrl(baseUrl, record.id),
    url_expires_at: urlExpiry(now),
    expires_at: record.expiresAt?.toISOString() ?? null,
    ...(record.jobId === null ? {} : { job_id: record.jobId }),
  };
}
