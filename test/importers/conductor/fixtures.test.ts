// Definitions modelled on public examples of Conductor, one file a theme. Method: the YAML that each becomes was read
// by a person and is kept beside it; a change of the import shows here as a change of that text.
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixtureFolder, imported, jsonFiles, readFixture } from './conductor-fixtures.ts';

const files = jsonFiles(fixtureFolder).filter((file) => file !== 'taskdefs.json');

describe.each(files)('%s', (file) => {
  const definitions = imported(readFixture(file), readFixture('taskdefs.json'));

  test('becomes what was agreed on', async () => {
    const text = definitions.map(({ yaml }) => yaml).join('---\n');
    await expect(text).toMatchFileSnapshot(`${fixtureFolder}expected/${basename(file, '.json')}.yaml`);
  });

  test('is accepted by our checker', () => {
    expect(definitions.flatMap(({ problems }) => problems.map(({ message }) => message))).toEqual([]);
  });
});

test('a definition inside of a task follows the one that holds it', () => {
  expect(imported(readFixture('children.json')).map(({ id, version }) => `${id}@${version}`)).toEqual([
    'parent-flow@1',
    'child_flow@3',
    'inner@1',
  ]);
});

test('separate task definitions supply retries and time-outs', () => {
  const [without] = imported(readFixture('settings.json'));
  const [settings] = imported(readFixture('settings.json'), readFixture('taskdefs.json'));
  expect(without?.yaml).not.toContain('backoff: linear');
  expect(settings?.yaml).toContain(
    'max_attempts: 3\n        backoff: linear\n        initial_delay: 10s\n        max_delay: 20s',
  );
  expect(settings?.yaml).toContain('timeout_policy: alert\n      heartbeat_timeout: 30s');
});
