/** The same job in other words: how a program follows this one, and how it asks for another, at each door. */
import { stringify } from 'lossless-json';
import type { Job } from '../../api/shapes';

export interface Recipe {
  name: string;
  about: string;
  text: string;
}

/** What a job was asked with, as far as it is known. */
export interface Asked {
  inputs?: Record<string, unknown> | undefined;
  graph?: unknown;
}

export function recipesOf(job: Job, origin: string, asked: Asked = {}): Recipe[] {
  const again = `${origin}/v1/jobs`;
  const body = exactly(
    job.workflow === null
      ? { graph: asked.graph ?? {} }
      : {
          workflow: job.workflow,
          inputs: asked.inputs ?? {},
          ...(job.priority !== 0 && { priority: job.priority }),
        },
  );
  const one = `${origin}/v1/jobs/${job.id}`;
  return [
    {
      name: 'Ask again: curl',
      about: 'Submits the same job anew.',
      text: `curl -X POST ${again} \\\n  -H 'content-type: application/json' \\\n  -d ${shellQuoted(body)}`,
    },
    {
      name: 'Ask again: Python',
      about: 'Submits the same job anew and waits for its end.',
      text: python(again, body),
    },
    {
      name: 'Ask again: TypeScript',
      about: 'Submits the same job anew and follows it.',
      text: typescript(again, body),
    },
    ...(asked.graph === undefined ? [] : doorRecipes(origin, asked.graph)),
    {
      name: 'Follow it: curl',
      about: 'Prints this job at each change, until it has ended.',
      text: `curl -N ${one}/events`,
    },
    {
      name: 'Read it: curl',
      about: 'Everything that is known of this job.',
      text: `curl ${one}\ncurl ${one}/decision`,
    },
  ];
}

/** The graph itself goes in at the other doors too. */
function doorRecipes(origin: string, graph: unknown): Recipe[] {
  const { protocol, hostname } = new URL(origin);
  const prompt = exactly({ prompt: graph });
  return [
    {
      name: 'ComfyUI’s own API: curl',
      about:
        'What a client of ComfyUI sends; the port is NATIVE_PORT of the service (8188 unless it was set).',
      text: `curl -X POST ${protocol}//${hostname}:8188/prompt \\\n  -H 'content-type: application/json' \\\n  -d ${shellQuoted(prompt)}`,
    },
    {
      name: 'Comfy API v2: curl',
      about: 'What the official SDKs send.',
      text: `curl -X POST ${origin}/api/v2/jobs \\\n  -H 'content-type: application/json' \\\n  -d ${shellQuoted(exactly({ workflow: graph }))}`,
    },
  ];
}

/** Numbers keep their digits. */
const exactly = (value: unknown): string => stringify(value, null, 2) ?? '';

const shellQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const python = (url: string, body: string): string => `import json, time, urllib.request

BODY = json.loads(r'''${body.replaceAll("'''", String.raw`\u0027\u0027\u0027`)}''')

def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)

job = ask("${url}", BODY)
while (job := ask(f"${url}/{job['id']}"))["finished_at"] is None:
    time.sleep(1)
print(job["state"], [output["url"] for output in job["outputs"]])
`;

const typescript = (url: string, body: string): string => `const answer = await fetch('${url}', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(${body.replaceAll('\n', '\n  ')}),
});
if (!answer.ok) throw new Error(await answer.text());
const { id } = await answer.json();

const events = new EventSource(\`${url}/\${id}/events\`);
events.addEventListener('update', ({ data }) => console.log(JSON.parse(data).progress));
events.addEventListener('end', ({ data }) => {
  console.log(JSON.parse(data).outputs);
  events.close();
});
`;
