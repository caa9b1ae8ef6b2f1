/** What a ComfyUI release can do; each switch is the first release with that behaviour. */
const since = {
  clientPromptId: '0.3.45',
  progressState: '0.3.45',
  partialTargets: '0.3.48',
  targetedInterrupt: '0.3.57',
  privateProgress: '0.3.58',
  historyOffset: '0.3.60',
  templateVersions: '0.3.61',
  interruptInOps: '0.3.66',
  visitedOutputsOnly: '0.3.68',
  hidesKeysInQueue: '0.3.68',
  createTime: '0.3.69',
  platformOsName: '0.4.0',
  previewMethodPerPrompt: '0.5.0',
  jobs: '0.6.0',
  comboValidation: '0.8.0',
  cancelledStatus: '0.9.0',
  progressThrottle: '0.9.2',
  missingNodeType: '0.12.0',
  secFetchSite: '0.19.0',
  dependencyCycle: '0.20.0',
  reprInListError: '0.21.0',
  packageVersions: '0.22.0',
  ramCache: '0.23.0',
  uuidPromptId: '0.25.0',
  jobCancel: '0.26.0',
  nosniffView: '0.28.0',
  previewableCount: '0.32.0',
} as const;

export type Feature = keyof typeof since;

/** The features of one release, e.g. `features('0.33.0').has('jobs')`. Fields are compared as numbers. */
export function featuresOf(version: string): ReadonlySet<Feature> {
  const names = Object.keys(since) as Feature[];
  return new Set(names.filter((name) => compareVersions(version, since[name]) >= 0));
}

function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let field = 0; field < 3; field += 1) {
    const difference = (left[field] ?? 0) - (right[field] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
