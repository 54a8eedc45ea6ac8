import { z } from '@hono/zod-openapi';

/** The answer of a route that went well, as JSON. */
export function jsonAnswer<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { 200: { description, content: { 'application/json': { schema } } } };
}

/** The body of a request, as JSON. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true as const, content: { 'application/json': { schema } } };
}

/** A whole number in a query. */
export const countText = z.coerce.number().int().nonnegative();
