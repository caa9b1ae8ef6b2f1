import { expect, it } from 'vitest';
import { loadConfig } from '../../../platform/config/index.js';
import { defaultCreditsS, defaultOptions } from '../../scheduling/index.js';
import { schedulingOptionsOf } from './options.js';

it('what nobody set is as the scheduler was measured with', () => {
  const config = loadConfig({});
  expect(schedulingOptionsOf(config)).toEqual(defaultOptions);
  expect(config.SCHEDULING_CREDITS_S).toEqual(defaultCreditsS);
});
