// A task keeps its result as a receipt of a schema that its definition names. Method: definitions with schema files
// that the loader is given, what is wrong with each, and the text that is stored, which is read again without a file.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { readSchemaFile, schemaNames } from '../../../machines/language/text/pinned-schemas.ts';

const task = (keys: string) => `workflow:
  id: kept
  version: 1
  tasks:
    - {id: a, assigned_to: WRITER, ${keys}}
`;
const named = task('receipt: {schema: schemas/a.json, to: out/a.yaml}');
const good = { type: 'object', required: ['sum'], properties: { sum: { type: 'number' } } };

function loaded(content: string, files: Readonly<Record<string, Json>> = {}) {
  const schemas = new Map(Object.entries(files).map(([name, json]) => [name, fileOf(JSON.stringify(json))]));

  return loadDefinition({ file: 'a.yaml', content, schemas });
}

const fileOf = (text: string) => readSchemaFile(new TextEncoder().encode(text));

function problemsOf(...given: Parameters<typeof loaded>): readonly string[] {
  const result = loaded(...given);

  return (result.ok ? result.warnings : result.problems).map(
    ({ line, column, code, message }) => `${line}:${column} ${code} ${message}`,
  );
}

test('the schema file is in the definition that is stored, which is the same without it', () => {
  const first = loaded(named, { 'schemas/a.json': good });
  if (!first.ok) throw new Error(JSON.stringify(first.problems));
  const again = loaded(first.loaded.text);

  expect(first.loaded.text).not.toContain('schemas/a.json,');
  expect(again).toMatchObject({ ok: true, loaded: first.loaded });
  expect(first.loaded.definition.tasks[0]).toMatchObject({
    receipt: true,
    outputTo: 'out/a.yaml',
    returns: { type: 'object', members: { sum: { type: 'number', required: true } } },
  });
});

test('another content of the file is another definition, and what only explains a schema is not', () => {
  const hash = (schema: Json) => {
    const result = loaded(named, { 'schemas/a.json': schema });
    return result.ok ? result.loaded.ref.hash : JSON.stringify(result.problems);
  };

  expect(hash({ ...good, required: [] })).not.toBe(hash(good));
  expect(hash({ $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'A', ...good })).toBe(
    hash(good),
  );
});

test('receipts in bodies, branches and failure workflows are found, and data that reads like one is not', () => {
  const content = `workflow:
  id: kept
  version: 1
  failure_workflow: {id: oops, steps: [{id: s, receipt: {schema: s.json, to: s.yaml}}]}
  tasks:
    - {id: a, assigned_to: WRITER, input: {receipt: {schema: data.json}}}
    - {id: f, type: FORK, branches: [[{id: b, receipt: {schema: b.json, to: b.yaml}}]]}
    - {id: l, type: FORK, for_each: "[1]", task: {id: t, receipt: {schema: &same t.json, to: t.yaml}}}
    - {id: w, type: DO_WHILE, items: [1], tasks: [{id: d, receipt: {schema: *same, to: d.yaml}}]}
`;
  const first = loaded(content, { 's.json': good, 'b.json': good, 't.json': good });
  if (!first.ok) throw new Error(JSON.stringify(first.problems));

  expect([...schemaNames(content)].sort()).toEqual(['b.json', 't.json', 's.json'].sort());
  expect(loaded(first.loaded.text)).toMatchObject({ ok: true, loaded: { ref: first.loaded.ref } });
  expect(first.loaded.text).toContain('data.json');
});

test.each<[string, string, Json | undefined, string]>([
  [
    'no file',
    named,
    undefined,
    '5:54 definition.schema-file the schema file "schemas/a.json" cannot be used',
  ],
  [
    'no schema',
    named,
    { a: 1 },
    '5:54 definition.schema-file the schema file "schemas/a.json" cannot be used: it is no',
  ],
  ['a list', named, { type: 'array' }, '5:54 definition.bad-schema a receipt is a mapping'],
  [
    'a keyword that is not held',
    named,
    { ...good, allOf: [] },
    '5:54 definition.bad-schema unknown key "allOf"',
  ],
  [
    'the member of the engine',
    named,
    { properties: { proof: { type: 'string' } } },
    '5:54 definition.bad-schema the engine writes "proof"',
  ],
  [
    'output_to beside it',
    task('output_to: b.yaml, receipt: {schema: {sum: number}, to: a.yaml}'),
    undefined,
    '5:47 definition.bad-combination "receipt" says what the result is like and where it is kept, in place of "output_to"',
  ],
  [
    'returns beside it',
    task('returns: {sum: number}, receipt: {schema: {sum: number}, to: a.yaml}'),
    undefined,
    '5:45 definition.bad-combination',
  ],
  [
    'output beside it',
    task('output: [sum], receipt: {schema: {sum: number}, to: a.yaml}'),
    undefined,
    '5:44 definition.bad-combination',
  ],
  [
    'a type that has none',
    task('type: HUMAN, receipt: {schema: {sum: number}, to: a.yaml}').replace('assigned_to: WRITER, ', ''),
    undefined,
    '5:37 definition.bad-combination a HUMAN has no receipt',
  ],
  [
    'a path that leads out',
    task('receipt: {schema: {sum: number}, to: ../a.yaml}'),
    undefined,
    '5:73 definition.bad-path',
  ],
  [
    'a path without a format',
    task('receipt: {schema: {sum: number}, to: a.txt}'),
    undefined,
    '5:73 definition.bad-path',
  ],
  ['no schema at all', task('receipt: {to: a.yaml}'), undefined, '5:45 definition.missing-key'],
])('%s is a problem with its place', (_, content, schema, problem) => {
  const found = problemsOf(content, schema === undefined ? {} : { 'schemas/a.json': schema });

  expect(found.map((each) => each.slice(0, problem.length))).toEqual([problem]);
});

test('a schema that is broken YAML says in which line, and is no schema of anything', () => {
  expect(fileOf('type: object\nproperties: {')).toMatchObject({ problem: expect.stringContaining('line 2') });
  expect(fileOf('a: 1\na: 2')).toMatchObject({ problem: expect.stringContaining('line 2') });
});

test('a definition that would be too large with its schemas in it is refused', () => {
  const large = { ...good, description: 'x'.repeat(1024 * 1024) };

  expect(problemsOf(named, { 'schemas/a.json': large })[0]).toContain('cannot be used');
  const many = Array.from(
    { length: 20 },
    (_, i) => `    - {id: t${i}, receipt: {schema: s.json, to: a.yaml}}\n`,
  );
  const text = `workflow:\n  id: many\n  version: 1\n  tasks:\n${many.join('')}`;
  const wide = { ...good, description: 'x'.repeat(60 * 1024) };
  expect(problemsOf(text, { 's.json': wide })[0]).toContain('yaml.too-large');
});
