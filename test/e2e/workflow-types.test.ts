// What `workflow types` writes makes the clients of a program know the definitions of its project. Method: the command
// writes the file for a project, and a compiler that is as strict as it can be reads programs beside it, with the types
// that the package has. For all definitions that there are here, runs of the explorer show what is taken and given.
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { compileChart } from '../../machines/chart/chart.ts';
import { type LoadedDefinition, loadDefinition } from '../../machines/language/load-definition.ts';
import { candidatesOf } from '../../machines/prover/candidates/candidates-of.ts';
import { explore } from '../../machines/prover/explore/explore.ts';
import { createActions } from '../../src/actions/registry.ts';
import { typescriptTypes } from '../../src/projections/definition/typescript-types.ts';
import { pageDefinitions } from '../support/page-definitions.ts';
import { shippedDefinitions } from '../support/shipped-definitions.ts';
import { builtCli, runProgram } from './station.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const order = `
workflow:
  id: order
  version: 2
  input:
    required: [order, pieces]
    properties: { order: { type: string }, pieces: { type: integer }, kind: { enum: [gift, plain] } }
  output: { total: '\${reserve.output.total}', parcel: '\${reserve.output.parcel}', sent: '\${workflow.input.pieces > 1}' }
  tasks:
    - { id: reserve, assigned_to: STORE, returns: { total: number, parcel: { id: string, weight?: number } } }
    - { id: paid, type: WAIT, depends_on: reserve, signal: 'paid-\${workflow.input.order}', returns: { amount: number } }
    - { id: packed, type: WAIT, depends_on: paid, signal: packed }
`;
const seedsFolder = 'test/fixtures/seeds';
const still = 'workflow: { id: still, version: 1, tasks: [{ id: rest, type: NOOP }] }\n';

const fitting = `
import { connect, createEngine } from '3ox-workflow';

const client = await connect();
const run = await client.start('order', { order: 'A', pieces: 3, kind: 'gift' }, { idempotencyKey: 'A' });
const { total, parcel, sent } = await run.result();
export const read: [number, string, number | undefined, boolean] = [total, parcel.id, parcel.weight, sent];
await run.signal('paid-A', { amount: 3 }, { id: '1' });
await run.signal('packed');
await client.run<'order'>('01').signal('paid-B', { amount: 1 });
await client.run('01').signal('whatever');
await client.start('still');
await client.start('still', {}, { wait: true });
await client.start('order@1', { other: 1 });
await client.start('workflow: {id: written, version: 1, tasks: [{id: a, type: NOOP}]}', { any: 1 });
await client.start('elsewhere' as string, { any: 1 });
const engine = await createEngine();
await engine.start('order', { order: 'A', pieces: 3 });
`;

const wrong: readonly (readonly [string, string])[] = [
  ["await client.start('ordr', { order: 'A', pieces: 3 });", 'no such definition'],
  ["await client.start('order');", 'no input'],
  ["await client.start('order', { order: 'A' });", 'an input is missing'],
  ["await client.start('order', { order: 'A', pieces: 3, peaces: 4 });", 'no such input'],
  ["await client.start('order', { order: 'A', pieces: 'three' });", 'another type'],
  ["await client.start('order', { order: 'A', pieces: 3, kind: 'big' });", 'none of the values'],
  ["await client.start('still', { any: 1 });", 'it takes no input'],
  ["await engine.start('order', { order: 'A', pieces: 'three' });", 'an engine is a client'],
  ['console.log((await run.result()).totl);', 'no such output'],
  ['export const text: string = (await run.result()).total;', 'an output of another type'],
  ['export const weight: number = (await run.result()).parcel.weight;', 'it need not be there'],
  ["await run.signal('pad-A', { amount: 1 });", 'no such signal'],
  ["await run.signal('paid-A');", 'a signal without what it brings'],
  ["await run.signal('paid-A', { amount: 'three' });", 'a signal with another type'],
  ["await (await client.start('still')).signal('packed');", 'it waits for none'],
  ["await client.run<'order'>('01').signal('pad');", 'no such signal of a run by its id'],
];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflow-types-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(root, join(folder, 'node_modules', '3ox-workflow'));
  await mkdir(join(folder, 'definitions'));
  await writeFile(join(folder, 'definitions', 'order.yaml'), order);
  await writeFile(join(folder, 'definitions', 'still.yaml'), still);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a program that names and gives what the definitions say compiles', async () => {
  expect(await cli('types', '--out', 'workflows.ts')).toMatchObject({ code: 0 });
  await writeFile(join(folder, 'fitting.mts'), fitting);

  expect(await compiled('workflows.ts', 'fitting.mts')).toBe('');
});

test('a wrong name of a definition, an input, an output or a signal does not compile, nor a wrong type', async () => {
  await cli('types', '--out', 'workflows.ts');
  const lines = wrong.flatMap(([line, why]) => [`// @ts-expect-error ${why}`, line]);
  const begin = [
    "import { connect, createEngine } from '3ox-workflow';",
    'const client = await connect();',
    'const engine = await createEngine();',
    "const run = await client.start('order', { order: 'A', pieces: 3 });",
  ];
  await writeFile(join(folder, 'wrong.mts'), [...begin, ...lines, ''].join('\n'));

  expect(await compiled('workflows.ts', 'wrong.mts')).toBe('');
});

test('without such a file every name and every JSON compiles', async () => {
  const free = `import { connect } from '3ox-workflow';
    const run = await (await connect()).start('whatever', { any: 1 });
    await run.signal('any', { any: 1 });\n`;
  await writeFile(join(folder, 'free.mts'), free);

  expect(await compiled('free.mts')).toBe('');
});

test('what runs of every definition here take and give is of the types that are written', async () => {
  const all = await everyDefinition();
  const definitions = all.map(({ definition }) => definition);
  // What the explorer has actions give is made up.
  await writeFile(join(folder, 'all.ts'), typescriptTypes(definitions, {}));
  const seen = all.flatMap(({ definition, loaded }, at) =>
    valuesOf(loaded).map(({ of, value }, index) => {
      const type = `ProjectWorkflows[${JSON.stringify(definition.id)}]['${of}']`;
      return `export const ${of}_${at}_${index}: ${type} = ${JSON.stringify(value)};\n`;
    }),
  );
  const head = "import type { ProjectWorkflows } from '3ox-workflow';\n";
  await writeFile(join(folder, 'seen.mts'), `${head}${seen.join('')}`);

  expect(await compiled('all.ts', 'seen.mts')).toBe('');
  expect(all.length).toBeGreaterThan(70);
  expect(seen.length).toBeGreaterThan(150);
});

test('what is written of every definition here compiles, with what its actions give', async () => {
  const actions = Object.fromEntries([...createActions()].map(([name, action]) => [name, action.known()]));
  const definitions = (await everyDefinition()).map(({ definition }) => definition);
  await writeFile(join(folder, 'acting.ts'), typescriptTypes(definitions, { actions }));

  expect(await compiled('acting.ts')).toBe('');
});

/** All of them, each under an id of its own. */
async function everyDefinition() {
  const seeds = (await readdir(join(root, seedsFolder))).map((name) => `${seedsFolder}/${name}`);
  const paths = [...shippedDefinitions, ...seeds];
  const shipped = await Promise.all(paths.map((path) => readFile(join(root, path), 'utf8')));
  const loaded = [...shipped, ...pageDefinitions.map(({ text }) => text)].flatMap((content) => {
    const result = loadDefinition({ file: 'any', content });
    return result.ok ? [result.loaded] : [];
  });

  return loaded.map((each, index) => ({
    loaded: each,
    definition: { ...each.definition, id: `${each.definition.id}-${index}` },
  }));
}

const scenesMax = 300;
const valuesMax = 40;

function valuesOf({
  definition,
  ref,
}: LoadedDefinition): readonly { readonly of: string; readonly value: Json }[] {
  const chart = compileChart(definition, ref);
  const { scenes } = explore(chart, candidatesOf(definition, chart), { scenesMax });
  const texts = new Set(
    [...scenes.values()].flatMap(({ scene }) => {
      const { status, input, output } = scene.run.state;
      if (status !== 'COMPLETED') return [];
      return Object.entries({ input, output: output ?? null }).map(([of, value]) =>
        JSON.stringify({ of, value }),
      );
    }),
  );

  return [...texts].slice(0, valuesMax).map((text) => JSON.parse(text));
}

function cli(...args: readonly string[]) {
  return runProgram(builtCli, args, { cwd: folder });
}

async function compiled(...files: readonly string[]): Promise<string> {
  const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'];
  const strict = [
    '--strict',
    '--noUnusedLocals',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
  ];
  const options = ['--noEmit', '--module', 'nodenext', '--target', 'es2023', '--verbatimModuleSyntax'];
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc');
  const { stdout } = await runProgram(compiler, [...strict, ...options, ...types, ...files], { cwd: folder });

  return stdout;
}
