// How tasks inside of a FORK over a list are shown: some of them, with their addresses, however many there are. Method:
// the real engine over the journal in memory; items that are no files fail.
import { expect, test } from 'vitest';
import { controlled } from './control-definitions.ts';
import { createProject, type Project } from './project.ts';

test('following ends when every item waits for a person, and says how to answer each', async () => {
  const { err, exit } = await listing(['a', 'b', 'missing']);
  expect(exit).toBe(6);
  expect(err).toMatch(/ {2}workflow approve \w{13} 'each\[0\]\.ask'\n/);
  expect(err).toMatch(/ {2}workflow approve \w{13} 'each\[1\]\.ask'\n/);
});

test('status has a line for the FORK, and the passes that are under way or failed under it', async () => {
  const { cli } = await listing(['a', 'missing', 'b', 'a']);
  const { out } = await cli('status @last');
  expect(out).toMatch(/⟳ each +running +\S+ 0\/4 done, 1 failed, 2 running/);
  expect(out).toMatch(/◇ {3}each\[0\]\.ask +needs approval/);
  expect(out).toMatch(/✗ {3}each\[1\]\.look +failed/);
  expect(out).not.toContain('each[3]');
});

test('an answer goes to the item that it names', async () => {
  const { cli } = await listing(['a', 'b']);
  expect((await cli('approve @last each[1].ask')).exit).toBe(6);
  const { tasks } = JSON.parse((await cli('show @last --json')).out);
  expect(tasks[0]).toMatchObject({
    id: 'each',
    passes: { total: 2, completed: 1, failed: 0, running: 1 },
  });
  expect(tasks.map(({ id }: { id: string }) => id)).toEqual(['each', 'each[0].look', 'each[0].ask']);
  expect((await cli('approve @last each[0].ask')).exit).toBe(0);
});

test('of many items, ten are shown', async () => {
  const { cli } = await listing(
    Array.from({ length: 40 }, () => 'a'),
    40,
  );
  const { out } = await cli('status @last');
  expect(out).toContain('0/40 done, 40 running');
  expect(out.match(/^ +. +each\[\d+\]\.ask/gm)).toHaveLength(10);
  expect(out).toContain('and 31 more');
});

/** A run that works on these items; `a` and `b` are files. */
async function listing(names: readonly string[], concurrency = 2) {
  const definition = controlled['definitions/listing.yaml'].replace(
    'concurrency: 2',
    `concurrency: ${concurrency}`,
  );
  const project: Project = await createProject({ 'definitions/listing.yaml': definition, a: '', b: '' });
  const ran = await project.cli('start listing --input -', { input: JSON.stringify({ names }) });

  return { ...project, ...ran };
}
