import { z } from 'zod';
import type { InputProperty } from '../../definition.ts';
import { defined } from '../defined.ts';
import { suggest } from '../suggest.ts';
import {
  choice,
  expected,
  filled,
  flag,
  integer,
  kindOf,
  listOf,
  mapOf,
  strict,
  template,
  text,
} from './shapes.ts';

const finite = () => z.number({ error: expected('a number') });

/** One typed input. */
export const inputProperty = strict({
  type: choice(['string', 'number', 'integer', 'boolean', 'array', 'object'])
    .optional()
    .describe('None: any value goes.'),
  description: text().optional().describe('For people.'),
  default: template().optional().describe('Used when the input is not given.'),
  enum: listOf(template(), 'a list of values').min(1, { error: 'the list of values is empty' }).optional(),
  secret: flag().optional().describe('Never shown nor recorded.'),
  pii: flag().optional().describe('About a person: recorded sealed, and can be erased.'),
  searchable: flag().optional().describe('Runs are found by it: the index of runs holds its beginning.'),
  pattern: text('a regular expression')
    .optional()
    .describe('A regular expression (RE2) that text must match.'),
  minimum: finite().optional(),
  maximum: finite().optional(),
  minLength: integer(0).optional(),
  maxLength: integer(0).optional(),
  items: mapOf(template(), 'the schema of an item')
    .optional()
    .describe('What each item of an array must be.'),
});

const optionalInput = z.union([filled('a name'), mapOf(template(), 'a mapping from name to default')], {
  error: 'expected a name, or a mapping from name to default',
});

/** The inputs of a run: the short form of the seeds, typed properties, or both. */
export const input = strict({
  required: listOf(filled('a name'), 'a list of names').optional().describe('Names that must be given.'),
  optional: z
    .union([listOf(optionalInput, 'a list'), mapOf(template(), 'a mapping from name to default')], {
      error: 'expected a list such as [name: default]',
    })
    .optional()
    .describe('Names with their defaults.'),
  properties: mapOf(inputProperty, 'a mapping from name to type').optional().describe('Typed inputs.'),
});

export type InputText = z.output<typeof input>;
export type PropertyText = z.output<typeof inputProperty>;

const typeNames = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'any'] as const;
const levelsMax = 16;

/** What JSON Schema says beside the rules of an input. Nested schemas are read one by one. */
const {
  default: _default,
  secret: _secret,
  pii: _pii,
  searchable: _searchable,
  type: _type,
  items: _items,
  ...ofValues
} = inputProperty.shape;
const schemaKeys = strict({
  ...ofValues,
  type: z.unknown().optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown(), { error: expected('a mapping of members') }).optional(),
  required: listOf(filled('a name'), 'a list of names').optional(),
  additionalProperties: flag().optional(),
});

type Path = readonly (string | number)[];
type Report = (path: Path, message: string) => void;
type Type = NonNullable<InputProperty['type']>;

/**
 * A schema in its canonical form: the short form `{sum: number}`, or JSON Schema. With `named`, a text is the name of a
 * file: its content takes its place before (`pinSchemas`), and what has none is reported there.
 */
export const returns = ({ named = false } = {}) =>
  z.unknown().transform((raw, context): InputProperty => {
    if (named && (raw === undefined || typeof raw === 'string')) return any;
    const report: Report = (path, message) =>
      context.addIssue({
        code: 'custom',
        message,
        path: [...path],
        params: { code: 'definition.bad-schema' },
      });

    return readSchema(raw, [], report);
  });

function readSchema(raw: unknown, path: Path, report: Report, isJson = false): InputProperty {
  if (path.length > levelsMax * 2) report(path, `the schema is nested deeper than ${levelsMax} levels`);
  else if (typeof raw === 'string') return { ...any, ...typeNamed(raw, path, report) };
  else if (Array.isArray(raw) && raw.length === 1)
    return { ...any, type: 'array', items: readSchema(raw[0], [...path, 0], report) };
  else if (typeof raw === 'object' && raw !== null && !Array.isArray(raw))
    return isJson || isJsonSchema(raw) ? readJsonSchema(raw, path, report) : readMembers(raw, path, report);
  else report(path, `expected a type such as number, or a mapping from member to type, found ${kindOf(raw)}`);

  return any;
}

const any = { required: true, secret: false } as const;

/** A member called `type` or `enum` can be told only in JSON Schema, under `properties`. */
function isJsonSchema(raw: object): boolean {
  return ['type', 'enum', 'properties'].some((key) => Object.hasOwn(raw, key));
}

/** The short form: what it names is there, but for names that end in `?`. */
function readMembers(raw: object, path: Path, report: Report): InputProperty {
  const members = Object.entries(raw).map(([key, value]) => {
    const required = !key.endsWith('?');
    return [required ? key : key.slice(0, -1), { ...readSchema(value, [...path, key], report), required }];
  });

  return { ...any, type: 'object', members: Object.fromEntries(members) };
}

function readJsonSchema(raw: object, path: Path, report: Report): InputProperty {
  const read = schemaKeys.safeParse(raw);
  if (!read.success) {
    for (const issue of read.error.issues) report([...path, ...(issue.path as Path)], issue.message);
    return any;
  }
  const { type, items, properties, required = [], additionalProperties, ...rules } = read.data;
  const members = Object.entries(properties ?? {}).map(([name, schema]) => [
    name,
    { ...readSchema(schema, [...path, 'properties', name], report, true), required: required.includes(name) },
  ]);
  // What is required and not described may be anything.
  const others = required.filter((name) => !Object.hasOwn(properties ?? {}, name)).map((name) => [name, any]);
  const isOpen =
    additionalProperties === true || (properties === undefined && additionalProperties !== false);

  return defined({
    ...any,
    ...(properties === undefined && others.length === 0 ? {} : { type: 'object' as const }),
    ...rules,
    ...typesOf(type, [...path, 'type'], report),
    ...(items === undefined ? {} : { items: readSchema(items, [...path, 'items'], report, true) }),
    ...(members.length + others.length === 0 ? {} : { members: Object.fromEntries([...members, ...others]) }),
    ...(additionalProperties === false ? { closed: true as const } : {}),
    ...(isOpen ? { open: true as const } : {}),
  });
}

/** One type, or one and `"null"`. */
function typesOf(type: unknown, path: Path, report: Report): Pick<InputProperty, 'type' | 'nullable'> {
  if (type === undefined) return {};
  const [first, ...more] = (Array.isArray(type) ? type : [type]).filter((each) => each !== 'null');
  const nullable = Array.isArray(type) && type.includes('null') ? { nullable: true as const } : {};
  if (typeof first === 'string' && more.length === 0)
    return { ...typeNamed(first, path, report), ...nullable };
  report(path, 'expected one type such as number, or a list of one and "null"');

  return nullable;
}

function typeNamed(word: string, path: Path, report: Report): Pick<InputProperty, 'type'> {
  const type = typeNames.find((each) => each === word);
  if (type !== undefined) return type === 'any' ? {} : { type: type as Type };
  const meant = suggest(word, typeNames);
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
  report(path, `expected ${typeNames.join(', ')}, found "${word}"${hint}`);

  return {};
}
