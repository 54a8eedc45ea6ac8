// What a run is given is what it gets: a number that would be changed is refused by name, every key is kept, and what
// is too large is not read. Method: the command line over the real engine on a journal in memory.
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProject } from '../project.ts';

const taking = `workflow:
  id: taking
  version: 1
  input: { properties: { order: { type: object }, id: { type: integer } } }
  tasks: [{ id: done, type: TRANSFORM, output: { order: "\${workflow.input.?order.orValue(null)}" } }]
`;

async function open(given = '{}') {
  const project = await createProject({ 'definitions/taking.yaml': taking, 'given.json': given });
  const runs = async () => JSON.parse((await project.cli('list --json')).out).total;

  return { ...project, runs };
}

test('an integer that would lose digits is refused by name, in a file as in a flag, and nothing is started', async () => {
  const { cli, runs } = await open('{"order":{"lines":[{"id":12345678901234567891}]}}');

  expect(await cli('start taking --input given.json')).toMatchObject({
    exit: 2,
    err: expect.stringMatching(/\[value\.inexact\].*order\.lines\[0\]\.id is 12345678901234567891/),
  });
  expect(await cli('start taking --id 12345678901234567891')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('a number cannot hold without a change'),
  });
  expect(await runs()).toBe(0);
});

test('a key __proto__ goes through a run as it was given', async () => {
  const order = '{"__proto__":{"level":"L0"},"constructor":1}';
  const { cli } = await open(`{"order":${order}}`);
  expect(await cli('start taking --input given.json')).toMatchObject({ exit: 0 });
  const { out } = await cli('show @last --json');
  const { input, tasks } = JSON.parse(out);

  expect(JSON.stringify(input.order)).toBe(order);
  expect(JSON.stringify(tasks[0].output.order)).toBe(order);
});

test('a file that is too large is refused before it is read', async () => {
  const { cli, dir, runs } = await open();
  await writeFile(join(dir, 'large.json'), '');
  await truncate(join(dir, 'large.json'), 64 * 1024 ** 3);

  expect(await cli('start taking --input large.json')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('larger than 32 MiB'),
  });
  expect(await runs()).toBe(0);
});
