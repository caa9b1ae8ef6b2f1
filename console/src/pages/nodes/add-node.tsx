import { useState } from 'react';
import { useAddNode } from '../../api/deeds';
import { Dialog } from '../../ui/dialog';
import { Button } from '../../ui/parts';
import { ErrorBox } from '../../ui/states';
import { readLabels } from './labels';

export function AddNode({ onClose }: { onClose: () => void }) {
  const add = useAddNode();
  const [id, setId] = useState('');
  const [url, setUrl] = useState('http://');
  const [labels, setLabels] = useState('');
  return (
    <Dialog title="Add a node" onClose={onClose}>
      <form
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate({ id, url, weight: 1, labels: readLabels(labels) }, { onSuccess: onClose });
        }}
      >
        <Field label="Name" hint="Unique; letters, digits and . _ -">
          <input
            required
            autoFocus
            className="field mt-1 w-full"
            value={id}
            onChange={(event) => setId(event.target.value)}
          />
        </Field>
        <Field label="Address" hint="Where ComfyUI listens, as http://10.0.0.5:8188">
          <input
            required
            type="url"
            className="field mt-1 w-full"
            value={url}
            onChange={(event) => setUrl(event.target.value)}
          />
        </Field>
        <Field label="Labels" hint="name=value, separated by commas; may be empty">
          <input
            className="field mt-1 w-full"
            value={labels}
            onChange={(event) => setLabels(event.target.value)}
          />
        </Field>
        {add.isError && <ErrorBox error={add.error} />}
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button look="main" type="submit" disabled={add.isPending}>
            Add the node
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function Field({ label, hint, children }: { label: string; hint: string; children: React.ReactNode }) {
  return (
    <label className="block text-sm font-medium">
      <span className="block">{label}</span>
      {children}
      <span className="mt-1 block text-xs font-normal text-soft">{hint}</span>
    </label>
  );
}
