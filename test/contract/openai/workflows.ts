/** A workflow that makes images and one that edits them, as the `openai` door wants them described. */
const side = (field: string) => ({
  type: 'integer',
  targets: [{ node: '1', field }],
  default: 64,
  minimum: 16,
  maximum: 512,
});
const prompt = { type: 'string', minLength: 1, targets: [{ node: '2', field: 'filename_prefix' }] };
const save = { class_type: 'SaveImage', inputs: { filename_prefix: 'x', images: ['1', 0] } };
export const workflows = {
  painter: {
    graph: {
      '1': { class_type: 'EmptyImage', inputs: { width: 64, height: 64, batch_size: 1, color: 0 } },
      '2': save,
    },
    manifest: {
      title: 'Painter',
      openai: { as: 'image' },
      inputs: { prompt, width: side('width'), height: side('height') },
      outputs: [{ node: '2', kind: 'image' }],
    },
  },
  retoucher: {
    graph: { '1': { class_type: 'LoadImage', inputs: { image: 'a.png' } }, '2': save },
    manifest: {
      title: 'Retoucher',
      openai: { as: 'image-edit', image: 'picture' },
      inputs: { prompt, picture: { type: 'image', targets: [{ node: '1', field: 'image' }] } },
      outputs: [{ node: '2', kind: 'image' }],
    },
  },
};
