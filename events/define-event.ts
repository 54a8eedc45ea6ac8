import { z } from 'zod';

/** What an event type is: its dotted past-tense name, the version of its data, and the schema of that data. */
export type EventDefinition<Type extends string, Shape extends z.ZodRawShape> = {
  readonly type: Type;
  readonly version: number;
  readonly schema: z.ZodObject<Shape>;
  /** Makes the fact. The data is typed here and checked again when a journal is read. */
  readonly of: (data: z.output<z.ZodObject<Shape>>) => {
    readonly type: Type;
    readonly data: z.output<z.ZodObject<Shape>>;
  };
};

/**
 * Declares one event type. Readers are tolerant: unknown keys in stored data are kept, so that an older
 * version of the product can still fold what a newer one wrote as long as the meaning did not change.
 */
export function defineEvent<const Type extends string, Shape extends z.ZodRawShape>(
  type: Type,
  version: number,
  shape: Shape,
): EventDefinition<Type, Shape> {
  return { type, version, schema: z.object(shape), of: (data) => ({ type, data }) };
}
