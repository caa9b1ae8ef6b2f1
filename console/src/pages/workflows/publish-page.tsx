/** From what people have to a workflow that programs run: a file is dropped, converted, its inputs are looked through, and it is published. */
import { Link, useNavigate } from '@tanstack/react-router';
import { FileUp } from 'lucide-react';
import { useState } from 'react';
import { tell } from '../../api/ask';
import type { Graph } from '../../api/shapes';
import { InputField } from '../../ui/form';
import { Badge, Button, Card, PageHead } from '../../ui/parts';
import { ErrorBox } from '../../ui/states';
import { useDeed } from '../../ui/toasts';
import { type ManifestInput, type Proposal, withInputs } from './proposal';

export function PublishPage() {
  const [proposal, setProposal] = useState<{ value: Proposal; fileName: string }>();
  const propose = useDeed(
    async (file: File) => {
      const form = new FormData();
      form.set('file', file);
      return tell('post', '/v1/workflows:propose', { body: form });
    },
    (file) => ({ text: `${file.name} is read.` }),
  );
  const take = (file: File | undefined): void => {
    if (file)
      propose.mutate(file, {
        onSuccess: (value) => setProposal({ value: value as Proposal, fileName: file.name }),
      });
  };
  return (
    <>
      <PageHead
        title="Publish a workflow"
        sub="What ComfyUI’s editor saved, the API format, or a picture, film or sound that carries its workflow."
      />
      <DropPlace take={take} busy={propose.isPending} />
      {propose.isError && (
        <div className="mt-3">
          <ErrorBox error={propose.error} />
        </div>
      )}
      {proposal && <Review key={proposal.fileName} proposal={proposal.value} fileName={proposal.fileName} />}
    </>
  );
}

function DropPlace({ take, busy }: { take: (file: File | undefined) => void; busy: boolean }) {
  const [over, setOver] = useState(false);
  return (
    <label
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files[0]);
      }}
      className={`flex cursor-pointer flex-col items-center gap-2 rounded-xl border-2 border-dashed px-4 py-10 text-center focus-within:outline-2 focus-within:outline-accent ${over ? 'border-accent bg-accent-bg' : 'border-line bg-card'}`}
    >
      <FileUp size={28} aria-hidden className="text-soft" />
      <span className="font-medium">
        {busy ? 'It is being read …' : 'Drop a workflow here, or choose a file'}
      </span>
      <input
        type="file"
        aria-label="Workflow file"
        className="sr-only"
        accept=".json,.png,.webp,.mp4,.flac,.latent,application/json"
        onChange={({ target }) => {
          take(target.files?.[0]);
          target.value = '';
        }}
      />
    </label>
  );
}

const plainName = (fileName: string): string =>
  fileName
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|-+$/g, '')
    .slice(0, 60) || 'workflow';

function Review({
  proposal: { manifest, guessed, graph, problems },
  fileName,
}: {
  proposal: Proposal;
  fileName: string;
}) {
  const navigate = useNavigate();
  const [name, setName] = useState(plainName(fileName));
  const [title, setTitle] = useState(manifest.title ?? '');
  const [chosen, setChosen] = useState(() => new Set(Object.keys(manifest.inputs)));
  const publish = useDeed(
    async () =>
      tell('put', '/v1/workflows/{name}', {
        names: { name },
        body: { graph, manifest: withInputs(manifest, chosen, { name, title: title || name }) } satisfies {
          graph: Graph;
          manifest: unknown;
        },
      }),
    (_nothing, { version, is_new: isNew }) => ({
      text: `${name} is in service as ${version.slice(0, 10)}${isNew ? '' : ', which was known already'}.`,
    }),
  );
  return (
    <form
      className="mt-4 grid gap-4 xl:grid-cols-[1fr_1.4fr]"
      onSubmit={(event) => {
        event.preventDefault();
        publish.mutate(undefined, {
          onSuccess: () => void navigate({ to: '/workflows/$name', params: { name } }),
        });
      }}
    >
      <Card title="As what">
        <div className="space-y-3">
          <InputField
            label="Name"
            hint="What programs call it; an existing name gets a new version"
            required
            value={name}
            onValue={setName}
          />
          <InputField label="Title" hint="What people read" value={title} onValue={setTitle} />
          <p className="text-sm text-soft">{Object.keys(graph).length} nodes in the graph.</p>
          {problems.length > 0 && (
            <ul className="space-y-1 text-sm text-warn">
              {problems.map(({ code, message, graph_node: node }) => (
                <li key={`${code} ${node}`}>{message}</li>
              ))}
            </ul>
          )}
          {publish.isError && <ErrorBox error={publish.error} />}
          <div className="flex gap-2">
            <Button look="main" type="submit" disabled={publish.isPending}>
              Publish
            </Button>
            <Link to="/workflows" className="self-center text-sm text-soft">
              Leave it
            </Link>
          </div>
        </div>
      </Card>
      <Card title="What a caller may set">
        <ul className="space-y-2">
          {Object.entries(manifest.inputs).map(([input, about]) => (
            <InputLine
              key={input}
              input={input}
              about={about}
              why={guessed.find((guess) => guess.input === input)?.why}
              chosen={chosen.has(input)}
              toggle={() => {
                const next = new Set(chosen);
                if (!next.delete(input)) next.add(input);
                setChosen(next);
              }}
            />
          ))}
          {Object.keys(manifest.inputs).length === 0 && (
            <li className="text-sm text-soft">Nothing: it runs as it is.</li>
          )}
        </ul>
      </Card>
    </form>
  );
}

function InputLine({
  input,
  about,
  why,
  chosen,
  toggle,
}: {
  input: string;
  about: ManifestInput;
  why: string | undefined;
  chosen: boolean;
  toggle: () => void;
}) {
  return (
    <li>
      <label className="flex items-start gap-3 rounded-lg px-2 py-1.5 hover:bg-sunk">
        <input type="checkbox" className="mt-1 size-4" checked={chosen} onChange={toggle} />
        <span className="min-w-0 text-sm">
          <span className="font-medium">{about.title ?? input}</span> <Badge>{about.type}</Badge>
          {why !== undefined && <span className="block text-xs text-soft">{why}</span>}
        </span>
      </label>
    </li>
  );
}
