/** What may happen to a world. */
export type Step =
  | {
      kind: 'submit';
      cls: string;
      tenant: string;
      seconds: number;
      priority: number;
      avoid: number | undefined;
    }
  | { kind: 'end'; pick: number; outcome: 'ok' | 'oom' | 'failed' }
  | { kind: 'wait'; seconds: number }
  | { kind: 'toggle'; node: number }
  | { kind: 'cancel'; pick: number }
  | { kind: 'progress'; pick: number }
  | { kind: 'limit'; tenant: string; maxActive: number };
