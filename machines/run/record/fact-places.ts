import { z } from 'zod';
import { type Json, JsonValue } from '../../../events/canonical-json.ts';
import { eventDefinition, type Fact } from '../../../events/catalogue.ts';

/**
 * A member of a fact that holds what people, workers or expressions gave: any JSON (`value`), or prose (`text`). All
 * other members are what the fold goes by: names of tasks, numbers of attempts, times.
 */
export type FreeMember = {
  readonly path: readonly string[];
  readonly kind: 'value' | 'text';
  readonly value: Json;
};

type Place = { readonly path: readonly string[]; readonly kind: 'value' | 'text' | 'table' };
type Members = Readonly<Record<string, unknown>>;

/** Texts that are made to be read. `code` is among them because it is what a worker says. */
const prose: ReadonlySet<string> = new Set(['message', 'comment', 'reason', 'code']);

/** The free members that a fact has. Of a table (`input`, `values`, ...) each entry is one: its names are ours. */
export function freeMembers(fact: Fact): readonly FreeMember[] {
  return placesOf(fact.type).flatMap(({ path, kind }) => {
    const value = memberAt(fact.data, path);
    if (value === undefined) return [];
    if (kind !== 'table') return [{ path, kind, value: value as Json }];

    return Object.entries(value as Readonly<Record<string, Json>>).map(([name, entry]) => ({
      path: [...path, name],
      kind: 'value' as const,
      value: entry,
    }));
  });
}

/** The fact with another value in one place. Everything else stays the same object. */
export function withMember(fact: Fact, path: readonly string[], value: Json): Fact {
  return { type: fact.type, data: replaced(fact.data, path, value) } as Fact;
}

function memberAt(data: unknown, path: readonly string[]): unknown {
  let reached = data;
  for (const name of path) {
    if (typeof reached !== 'object' || reached === null || !Object.hasOwn(reached, name)) return undefined;
    reached = (reached as Members)[name];
  }

  return reached;
}

function replaced(data: Members, [name, ...rest]: readonly string[], value: Json): Members {
  if (name === undefined) return data;
  const member = data[name] as Members;

  return { ...data, [name]: rest.length === 0 ? value : replaced(member, rest, value) };
}

const known = new Map<string, readonly Place[]>();

/** Read off the schema of the type, so that a new type of event cannot be forgotten here. */
function placesOf(type: Fact['type']): readonly Place[] {
  const found = known.get(type) ?? placesIn(eventDefinition(type)?.schema, []);
  known.set(type, found);

  return found;
}

function placesIn(schema: unknown, path: readonly string[]): readonly Place[] {
  if (schema === JsonValue) return [{ path, kind: 'value' }];
  if (schema instanceof z.ZodOptional) return placesIn(schema.unwrap(), path);
  if (schema instanceof z.ZodRecord) return schema.valueType === JsonValue ? [{ path, kind: 'table' }] : [];
  if (schema instanceof z.ZodString) return prose.has(path.at(-1) ?? '') ? [{ path, kind: 'text' }] : [];
  if (!(schema instanceof z.ZodObject)) return [];

  return Object.entries(schema.shape).flatMap(([name, member]) => placesIn(member, [...path, name]));
}
