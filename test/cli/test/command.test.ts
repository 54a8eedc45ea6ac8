// `workflow test` from the command line to the report. Method: small definitions in a project, the real engine over
// memory; where something has to go wrong, an engine that does.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Rehearsals } from '../../../src/ports/runs/rehearsals.ts';
import { createProject } from '../project.ts';

const release = `workflow:
  id: release
  version: 1
  tasks:
    - {id: build, assigned_to: builder, output: [size]}
    - {id: route, type: DECISION, depends_on: build, decision_param: "\${build.output.size}", decision_cases: {big: {next: ask}}, default: ship}
    - {id: ask, type: HUMAN, depends_on: route}
    - {id: ship, assigned_to: shipper, depends_on: route}
`;
const cases = (status: string) => `test:
  cases:
    - name: what is big is asked for
      results: {build: {size: big}}
      expect: {status: COMPLETED, tasks: {ship: SKIPPED, ask: ${status}}}
`;
const files = { 'definitions/release.yaml': release, 'definitions/release.test.yaml': cases('COMPLETED') };

test('every definition of the project is tested, with its cases, and nothing else is touched', async () => {
  const { cli } = await createProject(files);
  const { exit, out } = await cli('test');

  expect({ exit, out }).toEqual({ exit: 0, out: expect.stringContaining('✓ definitions/release.yaml') });
  expect(out).toMatch(/\d+ of \d+ transitions \(\d+ %\) {2}\d+ scenarios {2}1 case {2}/);
  expect(out).toMatch(/1 definition; .*; \d+ scenarios, 0 failed; 1 case, 0 failed; .*slowest: /);
});

test('files, folders and ids name definitions, each of them once', async () => {
  const { cli } = await createProject(files);
  const { out } = await cli('test release definitions definitions/release.yaml --json');

  expect(JSON.parse(out)).toMatchObject({
    kind: 'TestReport',
    ok: true,
    items: [{ file: 'definitions/release.yaml' }],
  });
});

test('--verbose tells the way of every scenario', async () => {
  const { cli } = await createProject(files);

  expect((await cli('test --verbose')).out).toMatch(/ 1 {2}start with \{\}\n +2 {2}build gives .*\n/);
});

test('a case that differs is told in words, with exit code 7', async () => {
  const { cli } = await createProject({ ...files, 'definitions/release.test.yaml': cases('SKIPPED') });
  const { exit, out } = await cli('test');

  expect(exit).toBe(7);
  expect(out).toContain('case fails: definitions/release.test.yaml:3: what is big is asked for');
  expect(out).toContain('SKIPPED, it is COMPLETED');
});

test('a scenario that goes another way is shown up to the difference, with exit code 7', async () => {
  const project = await createProject(files);
  const { exit, out } = await project.cli('test');
  expect(exit).toBe(0);
  const { app } = project;
  const rehearsals = await app.rehearsals();
  app.rehearsals = () => Promise.resolve(astray(rehearsals));
  const failed = await project.cli('test');

  expect(failed.exit).toBe(7);
  expect(failed.out).toMatch(
    /scenario goes another way: .*\n +1 {2}start with \{\} {2}\(run.started\)\n +2 {2}build gives/,
  );
  expect(failed.out).toMatch(/found +decision.made .*route: deciding -> case big/);
  expect(out).not.toContain('goes another way');
});

test('too little coverage is exit code 7 where that much is asked for', async () => {
  const { cli } = await createProject(files);
  const { exit, out } = await cli('test --scenes-max 3 --min-coverage 100');

  expect(exit).toBe(7);
  expect(out).toMatch(/not looked at: 3 scenes were looked at, and not all/);
  expect(out).toMatch(
    /release\.yaml: [\d.]+ % of the transitions that can happen are covered, and --min-coverage is 100/,
  );
  expect((await cli('test --scenes-max 3')).exit).toBe(0);
});

test('all that is wrong with definitions and cases is told at once, and nothing is tested', async () => {
  const { cli } = await createProject({
    ...files,
    'definitions/a.yaml': release.replace('DECISION', 'DECISIN').replace('release', 'a'),
    'definitions/b.yaml': release.replace('HUMAN', 'HUMUN').replace('release', 'b'),
    'definitions/release.test.yaml': 'test: {cases: [{nam: x, expect: {}}]}\n',
  });
  const { exit, out, err } = await cli('test definitions');

  expect({ exit, out }).toEqual({ exit: 2, out: '' });
  expect(err).toMatch(/DECISIN(?:.|\n)*HUMUN(?:.|\n)*release\.test\.yaml:1:\d+.*nam/);
});

test.each([
  [
    'what is wrong in them is told first, whatever they are called',
    'definitions/lost.test.yaml',
    'test: {cases: [{nam: x, expect: {}}]}\n',
    /lost\.test\.yaml:1:\d+.*nam/,
  ],
  [
    'a definition that is not beside them is none of theirs',
    'definitions/release.test.yaml',
    `${cases('COMPLETED').replace('test:', 'test:\n  definition: ../elsewhere/release.yaml')}`,
    'there is no definition called ../elsewhere/release.yaml beside it',
  ],
])('cases: %s', async (_, file, content, message) => {
  const { cli } = await createProject({ ...files, 'elsewhere/release.yaml': release, [file]: content });
  const { exit, err } = await cli('test release');

  expect(exit).toBe(2);
  expect(err).toMatch(message);
});

test.each([
  ['test relaese', 'there is no definition "relaese" in a file', 'did you mean "release"?'],
  ['test empty', 'there are no definitions in empty', 'name a file or a folder'],
])('%s is refused', async (line, message, fix) => {
  const { cli } = await createProject({ ...files, 'empty/readme.txt': '' });
  const { exit, err } = await cli(line);

  expect(exit).toBeGreaterThan(0);
  expect(err).toContain(message);
  expect(err).toContain(fix);
});

test('reports are written to the files that are named', async () => {
  const { cli, dir } = await createProject(files);
  const { exit } = await cli(
    'test --junit out/report.xml --write-scenarios s.json --emit vitest paths.test.ts release',
  );
  const read = (path: string) => readFile(join(dir, path), 'utf8');
  const scenarios = JSON.parse(await read('s.json'));

  expect(exit).toBe(0);
  expect(Object.keys(scenarios)).toEqual(['definitions/release.yaml']);
  for (const { name } of scenarios['definitions/release.yaml']) {
    expect(await read('paths.test.ts')).toContain(name);
  }
  expect(await read('paths.test.ts')).toContain(`new URL('./definitions/release.yaml', import.meta.url)`);
  expect(await read('out/report.xml')).toContain('definitions/release.test.yaml: what is big is asked for');
});

test('tests go to stdout without a file, and the report beside them', async () => {
  const { cli } = await createProject(files);
  const { out, err } = await cli('test --emit vitest release');

  expect(out).toMatch(/^\/\/ Written by .*\n(?:.|\n)*import \{ rehearse \} from '3ox-workflow\/testing';/);
  expect(err).toContain('✓ definitions/release.yaml');
});

/** An engine that is expected to take another way than it does. */
function astray(rehearsals: Rehearsals): Rehearsals {
  return {
    play: (definition, scenario) => {
      const changed = JSON.stringify(scenario).replaceAll('"to":"case big"', '"to":"case small"');
      return rehearsals.play(definition, JSON.parse(changed));
    },
  };
}
