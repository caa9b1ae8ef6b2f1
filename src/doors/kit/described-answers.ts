/** Writes into the documentation what each route answers, from the schema by which its answer is serialised anyway. */
import { type ModulesContainer } from '@nestjs/core';
import { HttpStatus, RequestMethod } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

/** As Nest and its documentation keep them at a route's method. */
const kept = {
  serializer: 'class_serializer:options',
  status: '__httpCode__',
  method: 'method',
  answers: 'swagger/apiResponse',
} as const;

type Handler = (...args: never[]) => unknown;

export function describeAnswers(modules: ModulesContainer): void {
  for (const { controllers } of modules.values())
    for (const { metatype } of controllers.values())
      if (typeof metatype === 'function') describeRoutes(metatype.prototype as object);
}

function describeRoutes(prototype: object): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (typeof property.value !== 'function') continue;
    const handler = property.value as Handler;
    const schema = schemaOf(handler);
    if (schema && !Reflect.hasMetadata(kept.answers, handler))
      ApiResponse({ status: statusOf(handler), description: '', schema })(prototype, name, property);
  }
}

/** Undefined where nothing says it. */
function schemaOf(handler: Handler): Record<string, unknown> | undefined {
  const options = Reflect.getMetadata(kept.serializer, handler) as { schema?: unknown } | undefined;
  return options?.schema instanceof z.ZodType
    ? z.toJSONSchema(options.schema, { io: 'output', unrepresentable: 'any' })
    : undefined;
}

function statusOf(handler: Handler): number {
  const given = Reflect.getMetadata(kept.status, handler) as number | undefined;
  const isPost = Reflect.getMetadata(kept.method, handler) === RequestMethod.POST;
  return given ?? (isPost ? HttpStatus.CREATED : HttpStatus.OK);
}
