// What a written test calls: a scenario is played on the real engine, and what goes another way is shown. Method: the
// plainest way through a small definition, as it is, with one word changed, and against a changed definition.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { compileChart } from '../../machines/chart/chart.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { candidatesOf } from '../../machines/prover/candidates/candidates-of.ts';
import { begin } from '../../machines/prover/explore/explore.ts';
import { playOut } from '../../machines/prover/explore/play-out.ts';
import type { Scenario } from '../../machines/prover/explore/scenario.ts';
import { scenarioOf } from '../../machines/prover/explore/scenario-of.ts';
import { playScenario, rehearse } from '../../src/compose/testing.ts';

const text = `workflow:
  id: release
  version: 1
  tasks:
    - {id: build, assigned_to: builder, output: [size]}
    - {id: ship, type: HUMAN, depends_on: build}
`;

test('a scenario is played as it was predicted', async () => {
  await playScenario(await written(text), plainest());
});

test('a changed transition is found, with the way up to it', async () => {
  const changed = JSON.parse(JSON.stringify(plainest()).replace('"to":"completed"', '"to":"skipped"'));

  await expect(playScenario(await written(text), changed)).rejects.toThrow(
    /the run goes another way\n {2}1 {2}start with .*\n {2}2 {2}build gives .*\n(?:.*\n)*.*build: scheduled -> skipped/,
  );
});

test('what the definition does counts, not how it is written', async () => {
  const file = await written(text.replace('version: 1', 'version: 2\n  description: builds and ships'));

  await playScenario(file, plainest());
});

test('a definition that does something else is found', async () => {
  const file = await written(text.replace('HUMAN', 'NOOP'));

  await expect(playScenario(file, plainest())).rejects.toThrow(/the run goes another way/);
});

test('a definition that is invalid is told as such', async () => {
  const file = await written(text.replace('HUMAN', 'HUMUN'));

  await expect(playScenario(file, plainest())).rejects.toThrow(/is no valid definition\n.*HUMUN/);
});

test('calls that make no scenario are refused where they stand', () => {
  const file = new URL('file:///none.yaml');

  expect(() => rehearse(file).record('run.started', [], {})).toThrow(/before the first move/);
  expect(() => rehearse(file).start({}, 'quick').record('x', ['build: to nowhere'], {})).toThrow(
    /"build: to nowhere" is no transition/,
  );
});

function plainest(): Scenario {
  const result = loadDefinition({ file: 'release.yaml', content: text });
  if (!result.ok) throw new Error('the definition is not valid');
  const { definition, ref } = result.loaded;
  const chart = compileChart(definition, ref);
  const first = begin(chart, candidatesOf(definition, chart));

  return scenarioOf('all goes well', first, playOut(first));
}

async function written(content: string): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-testing-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'release.yaml'), content);

  return pathToFileURL(join(folder, 'release.yaml'));
}
