import { z } from 'zod';
import { environmentSchema } from './schema.js';

const intro = `# Configuration

Made from the schema in \`src/platform/config/schema.ts\` by \`npm run docs:configuration\`.

Everything is set by environment variables; one that is empty counts as absent. All mistakes are told at once, at start.

| variable | default | meaning |
| --- | --- | --- |
`;

/** The text of `docs/configuration.md`. */
export function configurationDocument(): string {
  const rows = Object.entries(environmentSchema.shape).map(
    ([name, field]) =>
      `| \`${name}\` | ${describeDefault(field)} | ${describeValues(field)}${field.description} |\n`,
  );
  return intro + rows.join('');
}

function describeDefault(field: z.ZodType): string {
  if (!(field instanceof z.ZodDefault)) return '';
  const value: unknown = field.def.defaultValue;
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return isEmpty ? '' : `\`${String(value)}\``;
}

function describeValues(field: z.ZodType): string {
  const inner = field instanceof z.ZodDefault ? field.unwrap() : field;
  return inner instanceof z.ZodEnum ? `${inner.options.map((value) => `\`${value}\``).join(' ')}. ` : '';
}
