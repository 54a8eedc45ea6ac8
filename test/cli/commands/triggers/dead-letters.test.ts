// Tasks that failed for good: they are listed until somebody goes on with them or drops them. Method: the real engine
// over the journal in memory; a task fails while a file is missing.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { controlled } from '../../control-definitions.ts';
import { createProject, type Project } from '../../project.ts';

test('a task that failed for good is listed with its run, and shown with why', async () => {
  const { cli } = await failed();
  for (const line of ['dead-letters', 'dead-letters list']) {
    const { exit, out } = await cli(line);
    expect(exit).toBe(0);
    expect(out).toMatch(/✗ failed .*gated v1 .*pass/);
  }
  expect((await cli('dead-letters show @last')).out).toMatch(
    /✗ failed {2}pass {2}.*\n(.*\n)* {2}attempts {4}1\n/,
  );
  expect(JSON.parse((await cli('dead-letters --json')).out)).toMatchObject({
    kind: 'DeadLetterList',
    total: 1,
    items: [{ task: 'pass', attempts: 1, status: 'FAILED' }],
  });
});

test('one that is retried is gone', async () => {
  const { cli, dir } = await failed();
  await writeFile(join(dir, 'gate'), '');
  expect((await cli('dead-letters retry @last')).exit).toBe(0);
  expect(await cli('dead-letters')).toMatchObject({ exit: 0, out: '', err: 'no dead letters\n' });
  expect(await cli('dead-letters retry @last')).toMatchObject({
    exit: 4,
    err: expect.stringContaining('[dead-letter.none]'),
  });
});

test('one that is dropped is gone, and its run stays', async () => {
  const { cli } = await failed();
  expect(await cli('dead-letters drop @last --reason old')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('dropped'),
  });
  expect((await cli('dead-letters')).out).toBe('');
  expect((await cli('show @last')).out).toContain('no dead letter since');
  expect((await cli('dead-letters drop @last')).exit).toBe(4);
});

test('a run that asks somebody to look is not dropped but gone on with', async () => {
  const { cli, dir } = await createProject(controlled);
  const { exit, err } = await cli('start asking');
  expect(exit).toBe(6);
  expect(err).toContain('workflow resume');
  expect((await cli('status @last')).out).toContain('its attempts are used up');
  expect(await cli('dead-letters drop @last')).toMatchObject({
    exit: 5,
    err: expect.stringMatching(/\[dead-letter\.paused\].*\n.*workflow skip \w{13} pass/),
  });
  await writeFile(join(dir, 'gate'), '');
  expect((await cli('dead-letters retry @last')).exit).toBe(0);
});

async function failed(): Promise<Project> {
  const project = await createProject(controlled);
  expect((await project.cli('start gated --who ana')).exit).toBe(1);

  return project;
}
