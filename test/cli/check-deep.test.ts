// `workflow check --deep`: what only playing a definition through shows. Method: files in a project; every
// counter-example that is written is verified, folded again and played on the real engine.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyExport } from '../../machines/audit/verify-export.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import type { Scenario } from '../../machines/prover/explore/scenario.ts';
import { createRehearsals } from '../../src/compose/rehearsal.ts';
import { definitionText } from '../support/definition-text.ts';
import { createProject } from './project.ts';

const tasks = `
  - {id: charge, assigned_to: ANA, output: [paid]}
  - id: again
    type: DO_WHILE
    depends_on: charge
    max_iterations: 4
    loop_condition: workflow.variables.n < 5
    tasks: [{id: count, type: SET_VARIABLE, variables: {n: "\${workflow.variables.n - 1}"}}]
  - {id: rare, uses: notify, input: {message: rare}, optional: true, depends_on: charge, when: charge.output.paid == 5 && charge.output.paid == 3}`;
const endless = definitionText(tasks, 'variables: {n: 0}');
const fine = definitionText('- {id: only, uses: notify, input: {message: done}, optional: true}');

test('a deep check tells every finding at its place, with the way there, and exits with 2', async () => {
  const { cli } = await createProject({ 'definitions/endless.yaml': endless, 'definitions/fine.yaml': fine });
  const { exit, out } = await cli('check --deep definitions/endless.yaml');

  expect(exit).toBe(2);
  expect(out).toMatch(/endless\.yaml:11:23 {2}error {2}tasks\.again\.loop_condition: .*\[deep\.unbounded\]/);
  expect(out).toMatch(
    / 1 start with \{\}\n +2 charge gives .*\n +then the run is FAILED with loop\.max-iterations/,
  );
  expect(out).toMatch(/endless\.yaml:13:.* error .*rare can never run.*\[deep\.never-runs\]/);
  expect(out).toMatch(/endless\.yaml:6:.* note .*charge.*\[deep\.unhandled-failure\]/);
  expect(out).toMatch(/explored \d+ scenes, all of them/);
  expect((await cli('check definitions/endless.yaml')).exit).toBe(0);
});

test('a deep check of what is sound exits with 0, and says how far it looked when it did not look everywhere', async () => {
  const { cli } = await createProject({ 'definitions/fine.yaml': fine });

  expect(await cli('check --deep definitions')).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/explored \d+ scenes, all of them\n✓/),
  });
  expect((await cli('check --deep --scenes-max 2 definitions')).out).toMatch(
    /reached \d+ scenes, cut: 2 scenes were looked at/,
  );
});

test('programs get the same as one document', async () => {
  const { cli } = await createProject({ 'definitions/endless.yaml': endless });
  const report = JSON.parse((await cli('check --deep --json definitions/endless.yaml')).out);

  expect(report).toMatchObject({ kind: 'CheckReport', ok: false });
  expect(report.files[0].deep).toMatchObject({ isWhole: true, omitted: [] });
  expect(report.files[0].deep.findings).toContainEqual(
    expect.objectContaining({
      code: 'deep.unbounded',
      severity: 'error',
      line: 11,
      moves: [expect.objectContaining({ type: 'start' }), expect.objectContaining({ type: 'complete' })],
      end: expect.objectContaining({ status: 'FAILED' }),
    }),
  );
});

test('each counter-example is a run that verifies, replays, and goes the same way on the real engine', async () => {
  const { cli, dir } = await createProject({ 'definitions/endless.yaml': endless });
  await cli('check --deep --counterexamples out definitions/endless.yaml');
  const names = await readdir(join(dir, 'out'));

  expect(names).toContain('under-test-v1-2-unbounded.audit.json');
  for (const name of names.filter((each) => each.endsWith('.audit.json'))) {
    const text = await readFile(join(dir, 'out', name), 'utf8');
    expect(verifyExport(text)).toMatchObject({ problems: [] });
    expect((await cli(`replay --from-export out/${name}`)).exit).toBe(0);
  }
  const loaded = loadDefinition({ file: 'endless.yaml', content: endless });
  if (!loaded.ok) throw new Error('the definition is sound');
  for (const name of names.filter((each) => each.endsWith('.scenario.json'))) {
    const scenario = JSON.parse(await readFile(join(dir, 'out', name), 'utf8')) as Scenario;
    expect(await createRehearsals().play(loaded.loaded, scenario)).toMatchObject({ ok: true });
  }
});

test('versions of a definition keep their counter-examples apart, and what an earlier check wrote of them goes', async () => {
  const files = {
    'definitions/one.yaml': endless,
    'definitions/two.yaml': endless.replace('version: 1', 'version: 2'),
  };
  const { cli, dir } = await createProject({
    ...files,
    'copies/one.yaml': endless,
    'copies/same.yaml': endless,
    'out/under-test-v1-9-race.audit.json': '{}',
    'out/notes.json': '{}',
  });
  await cli('check --deep --counterexamples out definitions');
  const names = await readdir(join(dir, 'out'));

  expect(names).toEqual(
    expect.arrayContaining([
      'notes.json',
      'under-test-v1-2-unbounded.audit.json',
      'under-test-v2-2-unbounded.audit.json',
    ]),
  );
  expect(names).not.toContain('under-test-v1-9-race.audit.json');
  expect((await cli('check --deep --counterexamples other copies')).err).toContain('usage.counterexamples');
});

test('options that make no sense are refused', async () => {
  const { cli } = await createProject({ 'definitions/fine.yaml': fine });

  expect((await cli('check --counterexamples out definitions')).err).toContain('usage.counterexamples');
  for (const count of ['none', '0', '1e3', '0x10', '2.0']) {
    expect((await cli(`check --deep --scenes-max ${count} definitions`)).err).toContain('usage.scenes-max');
  }
  expect((await cli('check --scenes-max banana definitions')).err).toContain('usage.scenes-max');
});
