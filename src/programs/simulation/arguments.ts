/** The command line of the simulator. */
import { parseArgs } from 'node:util';
import { defaultOptions, type SchedulingOptions } from '../../modules/scheduling/index.js';
import { furtherPolicyNames, policyNames, type PolicyName } from './policies/index.js';
import type { OursSwitches } from './policies/ours.js';
import { isTraceName, shapes, type TraceName } from './traces/index.js';

const maxSeeds = 1_000;
const traceNames = Object.keys(shapes) as TraceName[];

export const usage = `Usage: npm run simulate -- [options]
  --trace NAME       ${traceNames.join(', ')} (default T85); all: one after the other, with a summary
  --file PATH        a recorded workload instead (JSON lines)
  --seeds LIST       whole numbers and ranges of them, e.g. 1-3,101 (default 1-6)
  --policies LIST    ${policyNames.join(', ')} (default: these); ${furtherPolicyNames.join(', ')}
  --set LIST         switches of ours, e.g. lambda=4,holdMs=0,tags=off,live=off
  --plot PATH        where the SVG goes (default .data/simulation-NAME.svg)
  --json             print results as JSON and write no plot
`;

export interface Arguments {
  workload: { kind: 'traces'; names: TraceName[] } | { kind: 'file'; path: string };
  seeds: number[];
  policies: PolicyName[];
  switches: OursSwitches;
  plotPath: string | undefined;
  json: boolean;
}

/** Throws with a sentence for the user. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      trace: { type: 'string', default: 'T85' },
      file: { type: 'string' },
      seeds: { type: 'string', default: '1-6' },
      policies: { type: 'string', default: policyNames.join(',') },
      set: { type: 'string', default: '' },
      plot: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.trace === 'all' && values.plot !== undefined)
    throw new Error('--plot names one file, and each trace has a plot of its own');
  return {
    workload: values.file === undefined ? traceOf(values.trace) : { kind: 'file', path: values.file },
    seeds: readSeeds(values.seeds),
    policies: list(values.policies).map(policy),
    switches: switchesOf(list(values.set)),
    plotPath: values.plot,
    json: values.json,
  };
}

export function list(text: string): string[] {
  return text.split(',').filter((item) => item !== '');
}

function traceOf(name: string): Arguments['workload'] {
  if (name === 'all') return { kind: 'traces', names: traceNames };
  return { kind: 'traces', names: [readTrace(name)] };
}

/** Throws with a sentence for the user. */
export function readSeeds(text: string): number[] {
  return list(text).flatMap((item) => {
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? [];
    if (from === undefined) throw new Error(`a seed is a whole number, or a range like 1-6, not ${item}`);
    const [first, last] = [Number(from), Number(to ?? from)];
    if (last < first || last - first >= maxSeeds)
      throw new Error(`${item} is no range of up to ${maxSeeds} seeds`);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}

export function readTrace(name: string): TraceName {
  if (!isTraceName(name)) throw new Error(`unknown trace ${name}; there are ${traceNames.join(', ')}, all`);
  return name;
}

function policy(name: string): PolicyName {
  const names = [...policyNames, ...furtherPolicyNames];
  const found = names.find((known) => known === name);
  if (!found) throw new Error(`unknown policy ${name}; there are ${names.join(', ')}`);
  return found;
}

function switchesOf(settings: readonly string[]): OursSwitches {
  const switches: OursSwitches = {};
  const options: Partial<SchedulingOptions> = {};
  for (const setting of settings) {
    const [name = '', value = ''] = setting.split('=');
    if (name === 'tags' || name === 'live') switches[name] = value !== 'off';
    else options[optionName(name)] = number(setting, value);
  }
  return { ...switches, options };
}

type NumericOption = Exclude<keyof SchedulingOptions, 'policy'>;

function optionName(name: string): NumericOption {
  const isNumeric = Object.hasOwn(defaultOptions, name) && name !== 'policy';
  if (!isNumeric) throw new Error(`unknown switch ${name}`);
  return name as NumericOption;
}

function number(setting: string, value: string): number {
  if (value === '' || !Number.isFinite(Number(value))) throw new Error(`${setting}: a number is needed`);
  return Number(value);
}
