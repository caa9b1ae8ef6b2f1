/** A form made from the schema of a workflow's inputs. A file goes along as it is, in the place of its input. */
import Form from '@rjsf/core/lib/components/Form.js';
import type { RJSFSchema, UiSchema } from '@rjsf/utils';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useRef } from 'react';
import { ask } from '../../api/ask';
import { ErrorBox } from '../../ui/states';
import { Button } from '../../ui/parts';
import { useDeed } from '../../ui/toasts';
import { formParts } from './form-parts';
import { formSchemaOf, isAsset } from './form-schema';
import { validator } from './validator';

export default function RunForm({ name, schema }: { name: string; schema: Record<string, unknown> }) {
  const navigate = useNavigate();
  const files = useRef(new Map<string, File>());
  const [formSchema, uiSchema] = useMemo(() => [formSchemaOf(schema), uiSchemaOf(schema)], [schema]);
  const context = useMemo(
    () => ({ take: (input: string, file: File) => files.current.set(input, file) }),
    [],
  );
  const run = useDeed(
    async (values: Record<string, unknown>) =>
      ask<{ id: string }>(`/v1/workflows/${encodeURIComponent(name)}/run`, {
        method: 'POST',
        body: bodyOf(values, files.current),
      }),
    () => ({ text: 'It is on its way.' }),
  );
  return (
    <>
      <Form
        schema={formSchema}
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

function bodyOf(values: Record<string, unknown>, files: ReadonlyMap<string, File>): FormData {
  const form = new FormData();
  for (const [input, value] of Object.entries(values)) {
    const file = files.get(input);
    if (file && value === file.name) form.set(input, file, file.name);
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
