// The names of files stand for one task each, fit every file system, and can be read back. Method: all names that run
// ids and addresses can have, by chance, and the ones that look alike.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  claimOf,
  isAnswerName,
  stemOf,
  takenBy,
  takenName,
  taskFileName,
} from '../../src/file-queue/names.ts';
import { tokenText } from '../../src/lib/text.ts';

const run = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,63}$/);
const task = fc.oneof(
  fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}$/),
  fc.string({ unit: 'grapheme', minLength: 1 }),
);

test('a task of the seeds has the name that the seeds give it', () => {
  expect(taskFileName(stemOf({ run: 'wf-2025-10-11-001', task: 'scan_files' }))).toBe(
    'task-wf-2025-10-11-001-scan_files.yaml',
  );
});

test('tasks inside of loops, and with dashes, have names of their own', () => {
  expect(stemOf({ run: 'r', task: 'orders:2[0].pay' })).toBe('r-orders=3A2=5B0=5D=2Epay');
  expect(stemOf({ run: 'a', task: 'b-c' })).not.toBe(stemOf({ run: 'a-b', task: 'c' }));
});

test('a name is safe, and stands for the one task it was made of', () => {
  fc.assert(
    fc.property(run, task, (run, task) => {
      const stem = stemOf({ run, task });
      expect(stem).toMatch(/^[A-Za-z0-9_=~-]+$/);
      expect(Buffer.byteLength(`${taskFileName(stem)}.${'w'.repeat(90)}.claimed`)).toBeLessThanOrEqual(255);
      if (!stem.includes('=~')) expect(placeOf(stem)).toEqual({ run, task });
    }),
  );
});

test('a name that would be too long ends in a digest', () => {
  const long = (last: string) => stemOf({ run: 'r', task: `${'orders[1].'.repeat(60)}${last}` });

  expect(long('a').length).toBeLessThanOrEqual(140);
  expect(long('a')).not.toBe(long('b'));
});

test('who claimed a file stands in its name', () => {
  expect(claimOf('task-r-t.yaml.host-7.1.claimed')).toEqual({ stem: 'r-t', worker: 'host-7.1' });
  for (const name of [
    'task-r-t.yaml',
    'task-r-t.yaml.claimed',
    'x.claimed',
    `task-r-t.yaml.${'w'.repeat(91)}.claimed`,
  ])
    expect(claimOf(name)).toBeUndefined();
});

test('answers are known by their names, also while they are taken', () => {
  expect(['response-r-t.yaml', 'result-r-t.yml', 'response-r-t.json'].every(isAnswerName)).toBe(true);
  expect(
    ['response-r-t.yaml.part', 'task-r-t.yaml', '.response-r-t.yaml', 'notes.yaml'].some(isAnswerName),
  ).toBe(false);
  const taker = { pid: 12, id: 'ab12' };
  expect(takenBy(takenName(taker, 'response-r-t.yaml'))).toEqual({ ...taker, name: 'response-r-t.yaml' });
});

/** The last dash ends the run. */
function placeOf(stem: string) {
  const end = stem.lastIndexOf('-');

  return { run: stem.slice(0, end), task: tokenText(stem.slice(end + 1)) };
}
