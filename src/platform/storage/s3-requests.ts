/** What takes S3 several requests. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CompletedPart,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  paginateListObjectsV2,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';

const copiedPartBytes = 1024 ** 3;

export interface StoreObject {
  key: string;
  sizeBytes: number;
  writtenAt: Date;
}

export async function* objectsUnder(
  client: S3Client,
  Bucket: string,
  Prefix: string,
): AsyncGenerator<StoreObject> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix }))
    for (const { Key, Size = 0, LastModified = new Date(0) } of Contents)
      if (Key !== undefined) yield { key: Key, sizeBytes: Size, writtenAt: LastModified };
}

/** Drops the parts of uploads that were begun before `olderThan` and never ended; answers how many there were. */
export async function abortUploadsUnder(
  client: S3Client,
  Bucket: string,
  Prefix: string,
  olderThan: Date,
): Promise<number> {
  let aborted = 0;
  for (let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {}; marker;) {
    const page: ListMultipartUploadsCommandOutput = await client.send(
      new ListMultipartUploadsCommand({ Bucket, Prefix, ...marker }),
    );
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Initiated === undefined || Initiated > olderThan) continue;
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      aborted += 1;
    }
    marker =
      page.IsTruncated && page.NextKeyMarker
        ? markerOf(page.NextKeyMarker, page.NextUploadIdMarker)
        : undefined;
  }
  return aborted;
}

function markerOf(
  KeyMarker: string,
  UploadIdMarker: string | undefined,
): { KeyMarker: string; UploadIdMarker?: string } {
  return UploadIdMarker === undefined ? { KeyMarker } : { KeyMarker, UploadIdMarker };
}

/** For an object that is too large for one copy request. */
export async function copyInParts(
  client: S3Client,
  { CopySource, ...target }: { Bucket: string; Key: string; CopySource: string },
  sizeBytes: number,
  partBytes = copiedPartBytes,
): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  try {
    const Parts: CompletedPart[] = [];
    for (let start = 0; start < sizeBytes; start += partBytes) {
      const PartNumber = Parts.length + 1;
      const CopySourceRange = `bytes=${start}-${Math.min(start + partBytes, sizeBytes) - 1}`;
      const { CopyPartResult } = await client.send(
        new UploadPartCopyCommand({ ...target, UploadId, PartNumber, CopySource, CopySourceRange }),
      );
      Parts.push({ PartNumber, ...CopyPartResult });
    }
    await client.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
    );
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
    throw error;
  }
}
