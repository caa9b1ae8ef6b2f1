/** Checks a form by its schema with an interpreter: the usual validator compiles code at run time, which our pages forbid. */
import { Validator } from '@cfworker/json-schema';
import {
  type ErrorSchema,
  type GenericObjectType,
  type RJSFSchema,
  type RJSFValidationError,
  type ValidatorType,
} from '@rjsf/utils';

function errorsOf(schema: RJSFSchema, data: unknown): RJSFValidationError[] {
  const { errors } = new Validator(schema as object, '2020-12', false).validate(data ?? {});
  return errors
    .filter(({ keyword }) => keyword !== 'properties')
    .map(({ keyword, error, instanceLocation }) => {
      const property = instanceLocation.replace(/^#\/?/, '').replaceAll('/', '.');
      const missing = keyword === 'required' ? /"([^"]+)"/.exec(error)?.[1] : undefined;
      return {
        name: keyword,
        property: [property, missing].filter(Boolean).join('.'),
        message: missing === undefined ? error : 'must be given',
        stack: error,
      };
    });
}

function errorSchemaOf(errors: readonly RJSFValidationError[]): ErrorSchema {
  const root: GenericObjectType = {};
  for (const { property = '', message } of errors) {
    let place = root;
    for (const key of property.split('.').filter(Boolean)) place = place[key] ??= {};
    place['__errors'] = [...((place['__errors'] as string[] | undefined) ?? []), message];
  }
  return root;
}

export const validator: ValidatorType = {
  validateFormData(data, schema) {
    const errors = errorsOf(schema, data);
    return { errors, errorSchema: errorSchemaOf(errors) };
  },
  isValid: (schema, data) => errorsOf(schema, data).length === 0,
  rawValidation: () => ({}),
};
