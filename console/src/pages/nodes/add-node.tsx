import { useState } from 'react';
import { useAddNode } from '../../api/deeds';
import { Field, FormDialog } from '../../ui/form';
import { readLabels } from './labels';

export function AddNode({ onClose }: { onClose: () => void }) {
  const add = useAddNode();
  const [id, setId] = useState('');
  const [url, setUrl] = useState('http://');
  const [labels, setLabels] = useState('');
  return (
    <FormDialog
      title="Add a node"
      deed={add}
      button="Add the node"
      onSubmit={() => add.mutate({ id, url, weight: 1, labels: readLabels(labels) }, { onSuccess: onClose })}
      onClose={onClose}
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
    </FormDialog>
  );
}
