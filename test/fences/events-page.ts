// docs/events.md is made from the catalogue of events, so that it cannot tell anything else.
import { z } from 'zod';
import { catalogue } from '../../events/catalogue.ts';
import { JournalRecord } from '../../events/record.ts';
import { repositoryFiles, textOf } from './repository-files.ts';

type Schema = z.core.JSONSchema.JSONSchema;

/** The whole page. */
export function eventsPage(): string {
  const meanings = writtenMeanings();

  return `${[
    '# Events',
    '',
    'Every event that the journal of a run can hold, with the data of its fact (`data.fact` of the record). A field with a',
    'question mark may be absent; readers keep fields that they do not know. This page is made from the catalogue in',
    '`events/`: after a change there, run `npx vitest run test/fences/docs.test.ts -u`.',
    '',
    '| event | version |',
    '|---|---|',
    ...catalogue.map(({ type, version }) => `| [\`${type}\`](#${anchorOf(type)}) | ${version} |`),
    '',
    ...section('The record', meanings.get('record'), z.toJSONSchema(JournalRecord, { io: 'input' })),
    ...catalogue.flatMap(({ type, schema }) => {
      return section(type, meanings.get(type), z.toJSONSchema(schema, { io: 'input' }));
    }),
  ].join('\n')}`;
}

/** GitHub's anchor of a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

/** What the comment above the declaration of an event, and of the record, says. */
function writtenMeanings(): ReadonlyMap<string, string> {
  const declared =
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const \w+ = (?:defineEvent\('([^']+)'|z\.object\(\{\n {2}specversion)/g;
  const text = repositoryFiles()
    .filter((path) => path.startsWith('events/'))
    .map(textOf)
    .join('\n');

  return new Map(
    [...text.matchAll(declared)].map(([, comment = '', type]) => [type ?? 'record', asParagraph(comment)]),
  );
}

function asParagraph(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*?\s*/, '').trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}

function section(title: string, meaning: string | undefined, schema: Schema): readonly string[] {
  const said = meaning === undefined ? [] : [meaning, ''];

  return [`## ${title}`, '', ...said, '| field | type |', '|---|---|', ...rowsOf(schema, schema), ''];
}

/** The fields of an object; those of an object within follow it, with its name before theirs. */
function rowsOf(schema: Schema, whole: Schema, prefix = ''): readonly string[] {
  const required = new Set(schema.required);

  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    if (typeof property === 'boolean') return [];
    const field = `${prefix}${name}${required.has(name) ? '' : '?'}`;

    return [`| \`${field}\` | ${typeName(property, whole)} |`, ...rowsOf(property, whole, `${field}.`)];
  });
}

function typeName(schema: Schema, whole: Schema): string {
  if (Object.keys(schema).length === 0 || schema.$ref !== undefined || schema.anyOf !== undefined)
    return 'any JSON value';
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.type === 'array') return `list of ${itemName(schema.items, whole)}`;
  if (schema.type === 'integer') return schema.exclusiveMinimum === 0 ? 'integer, from 1' : 'integer';
  if (schema.type === 'object' && schema.properties === undefined) return 'map of JSON values by name';
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.type === 'string') return 'text';

  return String(schema.type);
}

function itemName(items: Schema['items'], whole: Schema): string {
  return typeof items === 'object' && !Array.isArray(items) ? typeName(items, whole) : 'any JSON value';
}
