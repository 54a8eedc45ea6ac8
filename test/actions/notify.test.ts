// A notification is told once per attempt, also when the attempt is carried out again after a crash.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { notify } from '../../src/actions/notify.ts';
import { createActions } from '../../src/actions/registry.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';

test('adds one line per attempt, whatever the messages hold', async () => {
  const projectDir = await temporaryProject();
  const tell = (key: string, message: string) =>
    notify(
      testAttempt({ projectDir, key, input: { message, to: 'CMD.BRIDGE', data: { key: 'run-1/a_task/2' } } }),
    );

  expect(await tell('run-1/a_task', 'first\n{"key":"run-1/b_task",')).toEqual({ notified: true });
  expect(await tell('run-1/a_task', 'again')).toEqual({ notified: true });
  await tell('run-1/a_task/2', 'second');

  const lines = (await readFile(join(projectDir, '.3ox/notifications.log'), 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject(
    [
      {
        key: 'run-1/a_task',
        run: 'run-1',
        task: 'a_task',
        level: 'info',
        to: 'CMD.BRIDGE',
        message: /first/,
      },
      { key: 'run-1/a_task/2', message: 'second' },
    ].map((line) => ({ ...line, message: expect.stringMatching(line.message) })),
  );
});

test('is found under its name, as every action the documentation names', async () => {
  const documented = await readFile(new URL('../../docs/actions.md', import.meta.url), 'utf8');
  const names = [...documented.matchAll(/^## `([a-z.]+)`/gm)].map(([, name]) => name);
  expect([...createActions().keys()].sort()).toEqual(names.sort());
});
