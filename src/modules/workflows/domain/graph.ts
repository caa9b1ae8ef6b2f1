import { isLosslessNumber } from 'lossless-json';
import type { Graph } from '../../comfyui/domain/index.js';

export type { Graph };

/** ComfyUI's validator takes every bare array for a link; a literal list is wrapped as `{"__value__": […]}`. */
export function isLink(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// More digits than any integer ComfyUI takes; a longer text is not worth an exact value.
const exactDigitsMax = 20;

/** A losslessly parsed number as `number`, or as `bigint` where that would lose digits; other values as they are. */
export function plainValue(value: unknown): unknown {
  if (!isLosslessNumber(value)) return value;
  const nearest = Number(value.value);
  const isExact = !/^-?\d+$/.test(value.value) || Number.isSafeInteger(nearest);
  return isExact || value.value.length > exactDigitsMax ? nearest : BigInt(value.value);
}

/** Code-unit order: the same on every machine, unlike a locale's. */
export function byCodeUnit(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
