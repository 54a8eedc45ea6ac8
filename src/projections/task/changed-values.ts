import type { Json } from '../../../events/canonical-json.ts';

/** One value that is not what it was, by its path, such as `tasks.pay.output.total`. */
export type ChangedValue = {
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
};

/** The differences of two values by path; an added or removed value is listed whole. */
export function changedValues(before: Json, after: Json): readonly ChangedValue[] {
  return changes('', before, after);
}

function changes(path: string, before: Json | undefined, after: Json | undefined): readonly ChangedValue[] {
  if (before === after) return [];
  if (!isHolder(before) || !isHolder(after) || Array.isArray(before) !== Array.isArray(after)) {
    return leaf(path, before, after);
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];

  return keys.flatMap((key) => {
    const inner = Array.isArray(before) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    return changes(inner, memberOf(before, key), memberOf(after, key));
  });
}

/** What came or went is told whole, unless it is empty. */
function leaf(path: string, before: Json | undefined, after: Json | undefined): readonly ChangedValue[] {
  if (isNothing(before) && isNothing(after)) return [];

  return [
    {
      path,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    },
  ];
}

function isNothing(value: Json | undefined): boolean {
  return value === undefined || (isHolder(value) && Object.keys(value).length === 0);
}

function isHolder(value: Json | undefined): value is Extract<Json, object> {
  return typeof value === 'object' && value !== null;
}

function memberOf(value: Extract<Json, object>, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? (value as Readonly<Record<string, Json>>)[key] : undefined;
}
