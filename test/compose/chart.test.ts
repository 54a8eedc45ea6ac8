// What a program gets by `import ... from '3ox-workflow/chart'`. Method: the built export, run with XState alone.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { createActor } from 'xstate';
import type * as library from '../../src/compose/chart.ts';

const root = resolve(import.meta.dirname, '../..');
const text = `workflow:
  id: release
  version: 1
  tasks:
    - {id: build, assigned_to: builder}
    - {id: ship, type: NOOP, depends_on: build}
`;
const at = '2026-01-01T00:00:00.000Z';

async function built(): Promise<typeof library> {
  const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

  return import(/* @vite-ignore */ pathToFileURL(join(root, exports['./chart'].default)).href);
}

test('a definition becomes a machine that an actor runs by the facts of a journal', async () => {
  const { compile, machineEvent } = await built();
  const { machine, config } = compile(text);
  const actor = createActor(machine).start();
  expect(JSON.parse(JSON.stringify(config))).toEqual(config);

  actor.send(
    machineEvent(
      {
        type: 'run.started',
        data: { run: 'r', definition: { id: 'release', version: 1, hash: '' }, input: {} },
      },
      at,
      'ana',
    ),
  );
  expect(actor.getSnapshot().value).toEqual({
    phase: 'running',
    tasks: { build: 'scheduled', ship: 'waiting' },
  });
  const done = { type: 'task.completed', data: { task: 'build', attempt: 1, output: { ok: true } } } as const;
  const late = { ...done, data: { ...done.data, attempt: 7 } };
  expect(actor.getSnapshot().can(machineEvent(late, at, 'w'))).toBe(false);
  actor.send(machineEvent(done, at, 'w'));

  expect(actor.getSnapshot().value).toEqual({
    phase: { over: 'completed' },
    tasks: { build: 'completed', ship: 'completed' },
  });
  expect(actor.getSnapshot().context.run.tasks['build']?.output).toEqual({ ok: true });
});

test('a text that is no definition is refused with every problem', async () => {
  const { compile } = await built();

  expect(() => compile('workflow: {id: x}')).toThrow(/this is no valid definition\n.*version/s);
});
