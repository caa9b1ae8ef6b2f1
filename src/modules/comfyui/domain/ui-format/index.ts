/** UI format, as the editor saves workflows, to API format, as servers run them. */
export { convertUiSteps, convertUiWorkflow } from './convert.js';
export { isUiWorkflow } from './file/read-file.js';
export type * from './types.js';
