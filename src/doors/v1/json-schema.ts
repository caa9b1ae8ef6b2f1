import { z } from 'zod';

/** For the API document where Nest does not read the schema itself: as it is taken, or as it is answered. */
export const jsonSchemaOf = (schema: z.ZodType, io: 'input' | 'output' = 'input') =>
  z.toJSONSchema(schema, { io }) as Record<string, unknown>;
