import { useState } from 'react';
import { useAddNode } from '../../api/deeds';
import { FormDialog, InputField } from '../../ui/form';
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
      <InputField
        label="Name"
        hint="Unique; letters, digits and . _ -"
        required
        autoFocus
        value={id}
        onValue={setId}
      />
      <InputField
        label="Address"
        hint="Where ComfyUI listens, as http://10.0.0.5:8188"
        required
        type="url"
        value={url}
        onValue={setUrl}
      />
      <InputField
        label="Labels"
        hint="name=value, separated by commas; may be empty"
        value={labels}
        onValue={setLabels}
      />
    </FormDialog>
  );
}
