import { expect, it } from 'vitest';
import { lacksPlaced } from './placed-inputs.js';

const complaint = (type: string, input: string): unknown => ({
  '62': { errors: [{ type, extra_info: { input_name: input } }], class_type: 'LoadImage' },
});
const placed = [{ node: '62', field: 'image' }];

it('knows a placed file that is gone', () => {
  expect(lacksPlaced(complaint('custom_validation_failed', 'image'), placed)).toBe(true);
  expect(lacksPlaced(complaint('value_not_in_list', 'image'), placed)).toBe(true);
});

it.each([
  ['a file that nobody placed', complaint('custom_validation_failed', 'image'), []],
  ['another input of the node', complaint('custom_validation_failed', 'mask'), placed],
  ['another complaint', complaint('required_input_missing', 'image'), placed],
  ['no node errors', undefined, placed],
])('leaves %s to the client', (_case, nodeErrors, files) => {
  expect(lacksPlaced(nodeErrors, files)).toBe(false);
});
