import { faultMeaning, faultStatus, type FaultCode } from '../../../platform/fault.js';
import { attemptOutcomes } from '../../../modules/jobs/index.js';

const intro = `# Errors

Made from \`src/platform/fault.ts\` by \`npm run docs:errors\`.

Every refusal has a code. \`/v1\` answers \`application/problem+json\` (RFC 9457) with the code in \`code\` and in \`type\`
(\`urn:comfymux:error:CODE\`); port 8188 answers ComfyUI's own error object with the code in \`error.type\`; port 5014 answers the
original's \`{"detail": …}\`. The status is the same everywhere unless the door's contract says otherwise.

| code | status | meaning |
| --- | --- | --- |
`;

const outcomes = `
## Errors of a job

A job that failed tells \`error.code\`: the outcome of its last attempt. [job-lifecycle.md](job-lifecycle.md#outcomes-and-what-follows) says what
each means, who is charged, and what follows:
`;

/** The text of `docs/errors.md`. */
export function errorsDocument(): string {
  const rows = (Object.keys(faultStatus) as FaultCode[]).map(
    (code) => `| \`${code}\` | ${faultStatus[code]} | ${faultMeaning[code]} |\n`,
  );
  return `${intro}${rows.join('')}${outcomes}${attemptOutcomes.map((outcome) => `\`${outcome}\``).join(', ')}.\n`;
}
