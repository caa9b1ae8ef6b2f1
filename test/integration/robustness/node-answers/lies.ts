/** The worst of each kind that a node may say, up to what is taken from it at all. */
import type { Lie } from '../../../support/lying-node.js';
import { manyMembers, range } from '../large-bodies/values.js';

export interface LieKind {
  what: string;
  /** Made once: the texts are long. */
  lie: () => Lie;
  /** How its jobs end; `succeeded` unless told. */
  ends?: string[];
}

type Entry = Record<string, { outputs: Record<string, object>; status: { messages: [string, object][] } }>;

/** Another history entry. `change` gets the only entry of an answer. */
const inHistory =
  (change: (entry: Entry[string], id: string) => void): Lie =>
  (place, text) => {
    if (place !== '/history' || text === '{}') return text;
    const entries = JSON.parse(text) as Entry;
    for (const [id, entry] of Object.entries(entries)) change(entry, id);
    return JSON.stringify(entries);
  };

const output = (more: object): Lie => inHistory((entry) => Object.assign(entry.outputs, { 1: more }));
/** Told live and in the history. */
const told = (more: object): Lie => {
  const [asEvent, inEntry] = [asOutput(more), output(more)];
  return (place, text) => asEvent(place, inEntry(place, text));
};
const asOutput = (more: object): Lie => event('executed', { output: more });

const event =
  (type: string, more: object): Lie =>
  (place, text) => {
    if (place !== 'ws' || !text.startsWith(`{"type":"${type}"`)) return text;
    const message = JSON.parse(text) as { data: object };
    return JSON.stringify({ ...message, data: { ...message.data, ...more } });
  };
/** In front of the first event of a run, one that no ComfyUI sends. */
const insteadOf =
  (type: string, other: string): Lie =>
  (place, text) =>
    place === 'ws' && text.startsWith(`{"type":"${type}"`) ? other : text;

const inPlace =
  (wanted: string, answer: (text: string) => string): Lie =>
  (place, text) =>
    place === wanted ? answer(text) : text;

const lists = (count: number): unknown[] => range(count).map(() => []);
const nested = (count: number): string => `${'[[],'.repeat(count)}0${']'.repeat(count)}`;
const file = (at: number): object => ({ filename: `${at}.png`, subfolder: '', type: 'output' });
const progressOf = (count: number): object => ({
  nodes: Object.fromEntries(
    range(count).map((id) => [`n${id}`, { value: 1, max: 2, state: 'running', real_node_id: `n${id}` }]),
  ),
});
const more = (body: string, members: string): string => `${body.slice(0, -1)},${members}}`;
const failing = (change: object): Lie =>
  inHistory((entry, id) => {
    const data = { prompt_id: id, node_id: '1', node_type: 'Say', exception_type: 'RuntimeError', ...change };
    Object.assign(entry.status, { status_str: 'error', messages: [['execution_error', data]] });
  });

export const jobLies: LieKind[] = [
  { what: 'a result of 700,000 numbers', lie: () => told({ numbers: range(700_000) }) },
  { what: 'a result of 2,000,000 lists', lie: () => told({ lists: lists(2_000_000) }) },
  { what: 'a result of 29,000 members', lie: () => told({ members: manyMembers(29_000) }) },
  {
    what: 'a result of 300,000 members',
    lie: () => told({ members: manyMembers(300_000) }),
    ends: ['failed'],
  },
  { what: 'a text of 30 MB', lie: () => told({ text: ['x'.repeat(30_000_000)] }) },
  { what: 'a text of 15 MB of NUL', lie: () => told({ text: ['\0'.repeat(2_500_000)] }) },
  { what: '100,000 texts', lie: () => told({ text: range(100_000).map(String) }) },
  { what: '90,000 files', lie: () => told({ images: range(90_000).map(file) }), ends: ['failed'] },
  {
    what: 'a file with 7 MB beside its name',
    lie: () => told({ images: [{ ...file(0), note: 'x'.repeat(7_000_000) }] }),
    ends: ['failed'],
  },
  {
    what: '60 files with 60 KB beside each name',
    lie: () => told({ images: range(60).map((at) => ({ ...file(at), note: 'x'.repeat(60_000) })) }),
    ends: ['failed'],
  },
  {
    what: '60,000 messages',
    lie: () =>
      inHistory((entry, id) =>
        entry.status.messages.unshift(
          ...range(60_000).map((): [string, object] => ['note', { prompt_id: id }]),
        ),
      ),
  },
  {
    what: 'a history that nests 100 times and is long',
    lie: () =>
      inHistory((entry) => Object.assign(entry, { prompt: JSON.parse(nested(90)), more: lists(1_000_000) })),
  },
  {
    what: 'a prompt of 60 MB beside the result',
    lie: () => inHistory((entry) => Object.assign(entry, { prompt: ['x'.repeat(60_000_000)] })),
  },
  {
    what: 'an error of 20 MB',
    lie: () => failing({ exception_message: 'x'.repeat(20_000_000) }),
    ends: ['failed'],
  },
  {
    what: 'a traceback of 400,000 lines',
    lie: () => failing({ exception_message: 'x', traceback: range(400_000).map((line) => `line ${line}\n`) }),
    ends: ['failed'],
  },
  {
    what: 'an error with a tensor of 500,000 values',
    lie: () => failing({ exception_message: 'x', current_inputs: { tensor: range(500_000) } }),
    ends: ['failed'],
  },
  { what: 'a progress of 29,000 nodes', lie: () => event('progress', progressOf(29_000)) },
  {
    what: 'a progress_state of 100,000 nodes',
    lie: () => {
      const nodes = JSON.stringify(progressOf(100_000)).slice(1, -1);
      return (place, text) => {
        const [id = '"prompt_id":null'] = /"prompt_id":"[^"]+"/.exec(text) ?? [];
        return insteadOf('progress', `{"type":"progress_state","data":{${id},${nodes}}}`)(place, text);
      };
    },
  },
  {
    what: 'an event of 20,000,000 lists',
    lie: () => insteadOf('progress', `[${'[],'.repeat(10_000_000)}0]`),
  },
  {
    what: 'a queue of 200,000 prompts',
    lie: () => {
      const queue = JSON.stringify({
        queue_running: range(200_000).map((n) => [n, `p${n}`, {}, {}, []]),
        queue_pending: [],
      });
      return inPlace('/queue', () => queue);
    },
  },
  {
    what: 'a queue with a graph of 1,500,000 values',
    lie: () => {
      const pending = `"queue_pending":[[1,"p",${JSON.stringify(range(1_500_000))},{},[]],`;
      return inPlace('/queue', (text) => text.replace('"queue_pending":[', pending).replace(',]', ']'));
    },
  },
];

const describe = (input: object, name = 'Say'): string =>
  JSON.stringify({
    [name]: {
      input,
      output: [],
      output_name: [],
      output_is_list: [],
      output_node: true,
      name,
      display_name: name,
      description: '',
      category: 'test',
      python_module: 'x',
    },
  }).slice(1, -1);
const files = (count: number): string[] =>
  range(count).map((at) => `folder/another folder/a model of ${at}.safetensors`);

export const fleetLies: LieKind[] = [
  {
    what: 'a description of 4,000 classes in 30 MB',
    lie: () => {
      const members = range(4_000).map((at) =>
        describe(
          { required: { model: [files(100), {}], text: ['STRING', { default: 'x'.repeat(1_000) }] } },
          `C${at}`,
        ),
      );
      return inPlace('/object_info', (text) => more(text, members.join(',')));
    },
  },
  {
    what: 'one class with 150,000 choices',
    lie: () => {
      const member = describe({ required: { model: [files(150_000), {}] } }, 'Large');
      return inPlace('/object_info', (text) => more(text, member));
    },
  },
  {
    what: 'a description of 2,000,000 lists',
    lie: () => {
      const member = `"Lists":${JSON.stringify({ input: { required: { a: lists(2_000_000) } } })}`;
      return inPlace('/object_info', (text) => more(text, member));
    },
  },
  {
    what: 'a description of 100 MB that is no JSON',
    lie: () => {
      const text = 'x'.repeat(100_000_000);
      return inPlace('/object_info', () => text);
    },
  },
];
