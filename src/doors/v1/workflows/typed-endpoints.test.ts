import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { checkWorkflow, WorkflowCatalogue } from '../../../modules/workflows/index.js';
import { typeNames, withTypedEndpoints } from './typed-endpoints.js';

const document = {
  openapi: '3.1.0',
  paths: {
    '/v1/workflows/{name}/run': {
      post: {
        parameters: [
          { name: 'name', in: 'path' },
          { name: 'wait', in: 'query' },
        ],
        responses: { 202: { description: 'any' }, 422: { description: 'does not fit' } },
      },
    },
  },
  components: { schemas: { X: { type: 'object' } } },
};
const shipped = async () => (await WorkflowCatalogue.load('workflows')).list();

/** With an input of each kind. */
function odd() {
  const values = { text: '', word: '', below: -9, share: 0.6, is: false, one: 'a', seed: 1, sound: 'a.wav' };
  const kinds = {
    text: { type: 'string', minLength: 30 },
    word: { type: 'string', maxLength: 3 },
    below: { type: 'integer', maximum: -5 },
    share: { type: 'number', minimum: 0.5, maximum: 0.7 },
    is: { type: 'boolean' },
    one: { type: 'choice', options: ['b', 'a'] },
    seed: { type: 'seed' },
    sound: { type: 'audio', title: 'What is heard' },
  };
  const inputs = Object.fromEntries(
    Object.entries(kinds).map(([field, kind]) => [field, { ...kind, targets: [{ node: '1', field }] }]),
  );
  const manifest = { name: 'odd', title: 'Odd', inputs, outputs: [{ node: '1', kind: 'file' }] };
  const graph = { '1': { class_type: 'Any', inputs: values } };
  const checked = checkWorkflow({ name: 'odd', manifest, graph });
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults));
  return checked.definition;
}

it('has an endpoint and named inputs for each workflow, and keeps what was there', async () => {
  const typed = withTypedEndpoints(document, await shipped());
  expect(typed).toMatchObject({
    openapi: '3.1.0',
    paths: {
      ...document.paths,
      '/v1/workflows/wan2.2_i2v_14b_4/run': {
        post: {
          operationId: 'runWan22I2v14b4',
          parameters: [{ name: 'wait', in: 'query' }],
          requestBody: {
            content: {
              'application/json': { schema: { $ref: '#/components/schemas/Wan22I2v14b4Inputs' } },
              'multipart/form-data': {
                schema: { properties: { image: { type: 'string', format: 'binary' } } },
              },
            },
          },
          responses: { 202: { description: 'The job goes on.' }, 422: { description: 'does not fit' } },
        },
      },
    },
    components: {
      schemas: {
        X: { type: 'object' },
        Wan22I2v14b4Inputs: {
          required: ['prompt', 'image'],
          properties: {
            image: { $ref: '#/components/schemas/MediaInput' },
            length: { minimum: 16, maximum: 240 },
          },
        },
      },
    },
  });
  expect(Object.keys(document.paths)).toHaveLength(1);
});

it('has examples that its own schemas accept', async () => {
  const { components, paths } = withTypedEndpoints(document, [...(await shipped()), odd()]);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'doc', components });
  type Body = { schema: { $ref: string }; examples: { required: { value: unknown } } };
  const verdicts = Object.values(
    paths as Record<string, { post?: { requestBody?: { content: Record<string, Body> } } }>,
  )
    .flatMap(({ post }) => post?.requestBody?.content['application/json'] ?? [])
    .map(({ schema, examples }) => ajv.compile({ $ref: `doc${schema.$ref}` })(examples.required.value));
  expect(verdicts).toEqual([true, true]);
});

it('names types as programs may, each once', () => {
  expect([...typeNames(['wan2.2_i2v', 'wan22-i2v', '3d', 'Portrait', 'workflow'])]).toEqual([
    ['wan2.2_i2v', 'Wan22I2v'],
    ['wan22-i2v', 'Wan22I2vV2'],
    ['3d', 'W3d'],
    ['Portrait', 'Portrait'],
    ['workflow', 'WorkflowV2'],
  ]);
});
