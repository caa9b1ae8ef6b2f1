/** A form made from the schema of a workflow's inputs. A file goes along as it is, in the place of its input. */
import Form from '@rjsf/core/lib/components/Form.js';
import type { RJSFSchema, UiSchema } from '@rjsf/utils';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { isLosslessNumber, isSafeNumber, stringify } from 'lossless-json';
import { useMemo, useRef } from 'react';
import { tell } from '../../api/ask';
import { jobGraphQuery } from '../../api/queries';
import { ErrorBox, Loaded } from '../../ui/states';
import { Button } from '../../ui/parts';
import { useDeed } from '../../ui/toasts';
import { formParts } from './form-parts';
import { formSchemaOf, isAsset } from './form-schema';
import { validator } from './validator';

interface About {
  name: string;
  schema: Record<string, unknown>;
}

/** With `from` it begins with the inputs of that job. */
export default function RunForm({ from, ...about }: About & { from: string | undefined }) {
  const asked = useQuery({ ...jobGraphQuery(from ?? ''), enabled: from !== undefined });
  if (from === undefined) return <Filled {...about} inputs={{}} />;
  return (
    <Loaded query={asked}>
      {({ exact }) => <Filled key={from} {...about} inputs={exact.inputs ?? {}} />}
    </Loaded>
  );
}

function Filled({ name, schema, inputs }: About & { inputs: Record<string, unknown> }) {
  const navigate = useNavigate();
  const files = useRef(new Map<string, File>());
  const [formSchema, uiSchema] = useMemo(() => [formSchemaOf(schema), uiSchemaOf(schema)], [schema]);
  const initial = useMemo(() => shownInputs(inputs), [inputs]);
  const context = useMemo(
    () => ({ take: (input: string, file: File) => files.current.set(input, file) }),
    [],
  );
  const run = useDeed(
    async (values: Record<string, unknown>) =>
      tell('post', '/v1/workflows/{name}/run', {
        names: { name },
        body: bodyOf(values, files.current, inputs),
      }),
    () => ({ text: 'It is on its way.' }),
  );
  return (
    <>
      <Form
        schema={formSchema}
        initialFormData={initial}
        uiSchema={uiSchema}
        validator={validator}
        formContext={context}
        showErrorList={false}
        noHtml5Validate
        {...formParts}
        onSubmit={({ formData }) =>
          run.mutate(formData as Record<string, unknown>, {
            onSuccess: ({ id }) => void navigate({ to: '/jobs/$id', params: { id } }),
          })
        }
      >
        <Button look="main" type="submit" className="mt-2" disabled={run.isPending}>
          {run.isPending ? 'Sending …' : 'Run'}
        </Button>
      </Form>
      {run.isError && (
        <div className="mt-3">
          <ErrorBox error={run.error} />
        </div>
      )}
    </>
  );
}

/** A file that is kept from the job before; the input then is what the job had. */
const kept = '(the file of the job before)';

function shownInputs(inputs: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs).map(([input, value]) => {
      if (isLosslessNumber(value))
        return [input, isSafeNumber(value.value) ? Number(value.value) : value.value];
      return [input, typeof value === 'object' && value !== null ? kept : value];
    }),
  );
}

function bodyOf(
  values: Record<string, unknown>,
  files: ReadonlyMap<string, File>,
  before: Record<string, unknown>,
): FormData {
  const form = new FormData();
  for (const [input, value] of Object.entries(values)) {
    const file = files.get(input);
    if (value === kept) form.set(input, stringify(before[input]) ?? '');
    else if (file && value === file.name) form.set(input, file, file.name);
    else if (value !== undefined && value !== null)
      form.set(input, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return form;
}

function uiSchemaOf(schema: Record<string, unknown>): UiSchema {
  const properties = (schema as RJSFSchema).properties ?? {};
  return Object.fromEntries(
    Object.entries(properties).map(([input, property]) => [
      input,
      isAsset(property)
        ? { 'ui:widget': 'file' }
        : /prompt|text/i.test(input)
          ? { 'ui:widget': 'textarea' }
          : {},
    ]),
  );
}
