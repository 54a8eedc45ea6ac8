// A run is found and shown by what people call it. Method: the command line over the engine in memory, all streams
// compared.
import { expect, test } from 'vitest';
import { createProject } from './project.ts';

const definition = `workflow:
  id: intake
  version: 1
  key: \${workflow.input.order}
  labels: {team: sales, region: "\${workflow.input.region}"}
  input:
    properties: {order: {type: string}, region: {type: string}, customer: {type: string, searchable: true}}
    required: [order, region, customer]
  tasks:
    - {id: check, type: NOOP}
    - {id: refuse, type: TERMINATE, depends_on: check, when: workflow.input.region == 'south', status: FAILED, error_code: order.refused, reason: "no Ship goes south"}
    - {id: pack, depends_on: check, when: workflow.input.region != 'south', assigned_to: PACKER}
`;

async function intake() {
  const project = await createProject({ 'definitions/intake.yaml': definition });
  const start = (order: string, region: string, customer: string) =>
    project.cli(`start intake --order ${order} --region ${region} --customer ${customer} --detach --as ana`);
  const started = [
    await start('A-7', 'north', '42'),
    await start('A-8', 'south', '42'),
    await start('A-9', 'south', '43'),
  ];
  const keysOf = async (line: string): Promise<readonly string[]> =>
    JSON.parse((await project.cli(`list ${line} --json`)).out).items.map(({ key }: { key: string }) => key);

  return { ...project, started, keysOf };
}

test('runs are found by key, labels, searchable inputs, agent, owner, error text and error group', async () => {
  const { keysOf, cli } = await intake();

  expect(await keysOf('--where key=A-7')).toEqual(['A-7']);
  expect(await keysOf('--where key~a-')).toEqual(['A-9', 'A-8', 'A-7']);
  expect(await keysOf('--where label.region=south --where input.customer=42')).toEqual(['A-8']);
  expect(await keysOf('--where label.team=sales,none')).toHaveLength(3);
  expect(await keysOf('--where error~ship')).toEqual(['A-9', 'A-8']);
  expect(await keysOf('--where agent=PACKER')).toEqual(['A-7']);
  expect(await keysOf('--where owner=ana')).toHaveLength(3);
  const [{ key: group }] = JSON.parse((await cli('failures --json')).out).items;
  expect(await keysOf(`--where group=${group}`)).toEqual(['A-9', 'A-8']);
});

test('a list and a page call a run by its key, with its id beside', async () => {
  const { cli, started } = await intake();
  const listed = (await cli('list --where key=A-7')).out;
  const [head = '', row = ''] = listed.split('\n');
  const id = row.split(/\s+/)[1] ?? '';

  expect(head).toMatch(/^KEY +RUN +STATUS/);
  expect(row).toMatch(/^A-7 +[0-9a-z]{13}/);
  expect(started[0]?.out).toContain(id);
  const shown = (await cli(`show ${id}`)).out;
  expect(shown).toContain(`A-7 ${id}`);
  expect(shown).toContain('key         A-7');
  expect(shown).toContain('labels      region=north, team=sales');
  expect(JSON.parse((await cli(`show ${id} --json`)).out)).toMatchObject({
    key: 'A-7',
    labels: { team: 'sales', region: 'north' },
    owner: 'ana',
  });
});

test('a run without a key is listed as before', async () => {
  const { cli } = await createProject({
    'definitions/plain.yaml': 'workflow: {id: plain, version: 1, tasks: [{id: a, type: NOOP}]}',
  });
  await cli('start plain --detach');

  expect((await cli('list')).out).toMatch(/^RUN +STATUS/);
});

test('a key that cannot be one starts no run, and says why', async () => {
  const { cli } = await intake();

  expect(
    await cli(`start intake --order ${'x'.repeat(201)} --region north --customer 1 --detach`),
  ).toMatchObject({
    out: '',
    err: expect.stringContaining('the key of the run is longer than 200 characters'),
  });
});
