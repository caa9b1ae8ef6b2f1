/** From the schema of a workflow's inputs to one that a form can be made of. */
import type { RJSFSchema } from '@rjsf/utils';

/** `{asset: sha256}`, alone or among other ways to name a file. */
export const isAsset = (property: unknown): boolean => {
  if (!isRecord(property)) return false;
  const ways = Array.isArray(property['anyOf']) ? property['anyOf'] : [property];
  return ways.some((way) => isRecord(way) && isRecord(way['properties']) && 'asset' in way['properties']);
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Files become texts, the names of what was chosen; the file itself is kept beside the form. */
export function formSchemaOf(schema: Record<string, unknown>): RJSFSchema {
  const { $schema: _draft, properties = {}, ...rest } = schema as RJSFSchema & { $schema?: string };
  return {
    ...rest,
    properties: Object.fromEntries(
      Object.entries(properties).map(([input, property]) => [input, fieldOf(property as RJSFSchema)]),
    ),
  };
}

/** Numbers that are too long for a number of this language are texts of digits: the service reads every digit. */
function fieldOf(property: RJSFSchema): RJSFSchema {
  const { title, description } = property;
  const words = { ...(title !== undefined && { title }), ...(description !== undefined && { description }) };
  if (isAsset(property)) return { type: 'string', ...words };
  const isLong = property.type === 'integer' && (property.maximum ?? Infinity) > Number.MAX_SAFE_INTEGER;
  return isLong ? { type: 'string', pattern: String.raw`^-?\d+$`, ...words } : property;
}
