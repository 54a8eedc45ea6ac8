// `workflow types`: what definitions take and give, as TypeScript. Method: the command line in a project of its own;
// what it writes is compared as it is, and test/e2e/workflow-types.test.ts has a compiler read it.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProject } from '../../project.ts';

const order = `workflow:
  id: order
  version: 2
  description: Sets goods aside */ and waits for the money.
  input:
    required: [order, lines]
    optional: [{note: none}]
    properties:
      order: {type: string, description: The number}
      lines: {type: array, items: {type: integer}}
      kind: {enum: [gift, 1]}
  output: [left, sum, scan]
  tasks:
    - {id: reserve, assigned_to: STORE, returns: {type: object, properties: {left: {type: array, items: {type: string}}}, additionalProperties: true}}
    - {id: sum, type: TRANSFORM, depends_on: reserve, output: {sum: "\${size(workflow.input.lines) * 2}"}}
    - {id: scan, type: SUB_WORKFLOW, workflow: scan, depends_on: reserve, output: [scan]}
    - {id: paid, type: WAIT, signal: "paid-\${workflow.input.order}", depends_on: sum, returns: {amount: number, at?: string}}
    - {id: gone, type: WAIT, signal: "paid-nothing", depends_on: sum, timeout: 1d}
`;
const scan = `workflow:
  id: scan
  version: 1
  input: {optional: [folder]}
  output: {scan: "\${scan.output.total_files}", by-name: {at: "\${workflow.run_id}", folder: "\${workflow.input}"}}
  tasks:
    - {id: scan, uses: files.scan, input: {root: .}}
    - {id: stop, type: TERMINATE, depends_on: scan, when: scan.output.total_files == 0, status: COMPLETED, output: {scan: none}}
`;
const files = { 'definitions/order.yaml': order, 'definitions/scan.yaml': scan };

test('inputs, outputs and signals are written as far as the definitions say what they are', async () => {
  const { cli } = await createProject(files);
  const { exit, out } = await cli('types');

  expect(exit).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "// Written by \`workflow types\`, which writes it anew: change the definitions in its place.
    /* eslint-disable */
    import type { Json } from '3ox-workflow';

    declare module '3ox-workflow' {
      interface ProjectWorkflows {
        /** order v2: Sets goods aside * / and waits for the money. */
        readonly order: {
          readonly input: {
            /** The number */
            readonly order: string;
            readonly lines: readonly number[];
            readonly note?: Json;
            readonly kind?: "gift" | 1;
          };
          readonly output: {
            readonly left: readonly string[] | null;
            readonly sum: number | null;
            readonly scan: Json;
          };
          readonly signals: {
            readonly "paid-nothing": Json;
            readonly [name: \`paid-\${string}\`]: Json;
          };
        };
        /** scan v1 */
        readonly scan: {
          readonly input: {
            readonly folder?: Json;
          };
          readonly output: {
            readonly scan: number;
            readonly "by-name": {
              readonly at: string;
              readonly folder: Json;
            };
          } | {
            readonly scan: string;
            readonly "by-name"?: undefined;
          };
          readonly signals: {};
        };
      }
    }
    "
  `);
});

test('of several versions the highest counts', async () => {
  const { cli } = await createProject({
    'definitions/a.yaml':
      'workflow: {id: a, version: 10, input: {required: [ten]}, tasks: [{id: x, type: NOOP}]}',
    'definitions/b.yaml':
      'workflow: {id: a, version: 9, input: {required: [nine]}, tasks: [{id: x, type: NOOP}]}',
  });
  const { out } = await cli('types');

  expect(out).toContain('readonly ten: Json;');
  expect(out).not.toContain('nine');
});

test('--check tells whether the file is what would be written, and how to write it', async () => {
  const { cli, dir } = await createProject(files);
  expect(await cli('types --check --out types.ts')).toMatchObject({
    exit: 2,
    err: expect.stringMatching(/types\.ts is not there[\s\S]*workflow types --out types\.ts/),
  });
  expect(await cli('types --out types.ts')).toMatchObject({ exit: 0, out: '✓ types.ts  2 definitions\n' });
  expect(await cli('types --check --out types.ts')).toMatchObject({
    exit: 0,
    out: '✓ types.ts  2 definitions, up to date\n',
  });
  const written = await readFile(join(dir, 'types.ts'), 'utf8');
  await writeFile(join(dir, 'types.ts'), written.replaceAll('\n', '\r\n'));
  expect(await cli('types --check --out types.ts')).toMatchObject({ exit: 0 });
  await writeFile(join(dir, 'definitions', 'scan.yaml'), scan.replace('folder]', 'folders]'));

  expect(await cli('types --check --out types.ts --json')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('definition.stale-types'),
  });
  expect(await readFile(join(dir, 'types.ts'), 'utf8')).toBe(written.replaceAll('\n', '\r\n'));
});

test('nothing is written where a definition is not valid, where there is none, or where no file is named', async () => {
  const invalid = await createProject({ ...files, 'definitions/bad.yaml': 'workflow: {id: bad, tasks: []}' });
  const refused = await invalid.cli('types --out types.ts');

  expect(refused).toMatchObject({ exit: 2, err: expect.stringContaining('definitions/bad.yaml') });
  await expect(readFile(join(invalid.dir, 'types.ts'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await (await createProject({})).cli('types')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('usage.definitions'),
  });
  expect(await invalid.cli('types --check')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('usage.types-check'),
  });
});

test('what a definition says is never written as code', async () => {
  const hostile = `workflow:
  id: hostile
  version: 1
  input: {optional: [kind], properties: {kind: {enum: [{"[name: string]: 1}}}}\\nevil(); //]": 2}]}}}
  tasks:
    - {id: paid, type: WAIT, signal: "a\\nb-\${workflow.run_id}"}
`;
  const { cli } = await createProject({ 'definitions/hostile.yaml': hostile });
  const { exit, out } = await cli('types');
  expect(exit).toBe(0);
  expect(out).toContain('readonly "[name: string]: 1}}}}\\nevil(); //]": 2;');
  expect(out).toContain('[name: `a\\nb-${string}`]');
});
