/** A file in storage: what it is and how many bytes it has. */
export interface StoredAsset {
  sha256: string;
  sizeBytes: number;
  mime: string;
  /** Lower-case hex; null for what was stored before it was computed. */
  blake3: string | null;
  createdAt: Date;
}

export type NewAsset = Omit<StoredAsset, 'createdAt'>;
