import type { z } from 'zod';

/** What a text says, undefined when it is not what was expected. */
export function readMessage<Value>(schema: z.ZodType<Value>, text: string): Value | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
