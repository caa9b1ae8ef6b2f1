/**
 * What a server of a given version can do.
 * Probes outrank the version number, because forks back-port; an unknown version claims nothing a probe did not show.
 */
import { asNumber, isJsonObject } from '../json/json.js';
import { clamp } from '../json/storable.js';

export interface Capabilities {
  /** As reported by `/system_stats`; undefined when the server does not say. */
  version: string | undefined;
  /** `/prompt` honours a client-chosen prompt_id. */
  clientPromptIds: boolean;
  /** A prompt_id must be a canonical lower-case UUID. */
  uuidPromptIds: boolean;
  partialExecutionTargets: boolean;
  /** `progress_state` events and `prompt_id` in `progress`. */
  progressState: boolean;
  /** Binary previews that name their prompt, for clients that ask. */
  previewMetadata: boolean;
  /** `extra_data.preview_method`. */
  previewMethod: boolean;
  /** `/interrupt {prompt_id}`; an older server ignores the body and stops whatever runs. */
  targetedInterrupt: boolean;
  jobsApi: boolean;
  /** `POST /api/jobs/{id}/cancel`. */
  atomicCancel: boolean;
  /** Values of `"COMBO"` inputs are checked at `/prompt`. */
  comboValidation: boolean;
  /** Largest request body the server takes. */
  maxUploadBytes: number;
}

export interface CapabilityReadings {
  systemStats: unknown;
  /** `GET /features`; undefined where the route is absent. */
  features?: unknown;
  /** Whether the routes answered as the jobs API does; undefined when not probed. */
  jobsApi?: boolean;
  atomicCancel?: boolean;
}

const defaultMaxUploadBytes = 104_857_600;

export function readCapabilities(readings: CapabilityReadings): Capabilities {
  const version = versionOf(readings.systemStats);
  const features = isJsonObject(readings.features) ? readings.features : {};
  const since = (first: string, shown = false) =>
    shown || (version !== undefined && compareVersions(version, first) >= 0);
  const atomicCancel = readings.atomicCancel ?? since('0.26.0');
  const jobsApi = readings.jobsApi ?? since('0.6.0', atomicCancel);
  const previewMetadata = since('0.3.45', features.supports_preview_metadata === true);
  return {
    version,
    clientPromptIds: since('0.3.45', previewMetadata || jobsApi),
    uuidPromptIds: since('0.25.0', atomicCancel),
    partialExecutionTargets: since('0.3.48', jobsApi),
    progressState: since('0.3.45', previewMetadata || jobsApi),
    previewMetadata,
    previewMethod: since('0.5.0', jobsApi),
    targetedInterrupt: since('0.3.57', jobsApi),
    jobsApi,
    atomicCancel,
    comboValidation: since('0.8.0', atomicCancel),
    maxUploadBytes: clamp(
      asNumber(features.max_upload_size),
      1,
      Number.MAX_SAFE_INTEGER,
      defaultMaxUploadBytes,
    ),
  };
}

function versionOf(systemStats: unknown): string | undefined {
  const system = isJsonObject(systemStats) ? systemStats.system : undefined;
  const version = isJsonObject(system) ? system.comfyui_version : undefined;
  return typeof version === 'string' && parseVersion(version) !== undefined ? version : undefined;
}

/** Numbers field by field, so 0.3.76 < 0.4.0 < 0.26.0; `v0.4.0-12-gabc` reads as 0.4.0. */
function parseVersion(version: string): number[] | undefined {
  const fields = /^v?(\d{1,9}(?:\.\d{1,9}){1,3})/.exec(version.trim())?.[1];
  return fields?.split('.').map(Number);
}

/** Negative, zero or positive; a missing field counts as 0, an unreadable version as older than any. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [parseVersion(left) ?? [-1], parseVersion(right) ?? [-1]];
  const fields = Array.from({ length: Math.max(a.length, b.length) }, (_, at) => (a[at] ?? 0) - (b[at] ?? 0));
  return fields.find((difference) => difference !== 0) ?? 0;
}
