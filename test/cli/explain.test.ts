// `workflow explain`: what an error code means, and what to do. Method: the pages of the package, on a terminal of a
// certain width and without one.
import { expect, test } from 'vitest';
import { errorPages } from '../../src/cli/explain/error-pages.ts';
import { runCli } from '../../src/cli/program/program.ts';
import { createMemoryApp } from './memory-app.ts';
import { createProject } from './project.ts';
import { createTestIo } from './test-io.ts';

async function explained(...words: readonly string[]) {
  const io = createTestIo({ columns: 60, stdoutIsTty: true });
  const exit = await runCli(['explain', '--color', 'never', ...words], createMemoryApp(), io);

  return { exit, out: io.out(), err: io.err() };
}

test('a code is explained within the width of the terminal, with what is wrong and what is right', async () => {
  const { exit, out } = await explained('definition.unknown-task');
  expect(exit).toBe(0);
  expect(out).toMatch(/^definition\.unknown-task\n\nA key or an expression names a task,/);
  expect(out).toMatch(/\n\nUsual causes: a typo[\s\S]*\n\nWhat to do: correct the name/);
  expect(out).toMatch(/\n\nWrong:\n\n {4}tasks:\n[\s\S]*depends_on: biuld[\s\S]*\n\nRight:\n\n {4}tasks:\n/);
  expect(out).toMatch(/\n\ndocs\/errors\/definitions\.md\n$/);
  const prose = out.split('\n').filter((line) => !line.startsWith('    '));
  expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(60);
});

test('programs get the parts of the text', async () => {
  const { out } = await explained('definition.unknown-task', '--json');
  expect(JSON.parse(out)).toMatchObject({
    kind: 'ErrorText',
    code: 'definition.unknown-task',
    page: 'docs/errors/definitions.md',
    meaning: expect.stringMatching(/^A key or an expression/),
    causes: expect.stringMatching(/^a typo/),
    remedy: expect.stringMatching(/^correct the name/),
    examples: [{ kind: 'wrong' }, { kind: 'right' }],
    text: expect.stringContaining('What to do: correct the name'),
  });
});

test('links of a page are shown as where they lead', async () => {
  const { out } = await explained('quota.live-runs', '--json');
  expect(JSON.parse(out).remedy).toMatch(/see quotas \(docs\/quotas\.md\)\.$/);
});

test('a code of a file of settings is explained by that of definitions, without examples', async () => {
  const { out } = await explained('serve.bad-value');
  expect(out).toMatch(/^serve\.bad-value\n\nThe same as definition\.bad-value, in serve\.yaml\.\n\n/);
  expect(out).not.toContain('Wrong:');
  expect((await explained('serve.unsigned')).out).toContain('Anybody could send to the hook');
});

test('the part before the dot lists its codes with a sentence each, cut to the terminal', async () => {
  for (const prefix of ['definition', 'definition.', 'definition.*']) {
    const { out, err } = await explained(prefix);
    expect(out).toMatch(/^definition\.unknown-task +A key or an/m);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(err).toContain('workflow explain definition.');
  }
  const { items } = JSON.parse((await explained('yaml', '--json')).out);
  expect(items).toContainEqual({
    code: 'yaml.empty',
    page: 'docs/errors/yaml.md',
    meaning: 'The file holds nothing, or comments only.',
  });
});

test('without a code the pages are listed, and how to ask', async () => {
  const { exit, out, err } = await explained();
  expect(exit).toBe(0);
  expect(out).toMatch(/^Expressions, and what `check --deep` finds\n {2}expression, deep,/m);
  expect(err).toContain('workflow explain definition.unknown-task');
  expect(JSON.parse((await explained('--json')).out)).toMatchObject({ kind: 'ErrorPages' });
});

test('an unknown code is refused with what was likely meant', async () => {
  expect(await explained('definition.unknwn-task')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('did you mean "definition.unknown-task"?'),
  });
  expect((await explained('definitoin')).err).toContain('did you mean "definition"?');
  expect((await explained('card.declined')).err).toContain('[usage.topic]');
});

test('check says once how to have a code explained, where something was wrong', async () => {
  const { cli } = await createProject({
    'definitions/good.yaml': 'workflow:\n  id: good\n  version: 1\n  tasks: [{id: a, type: NOOP}]\n',
    'definitions/bad.yaml':
      'workflow:\n  id: bad\n  version: 1\n  tasks: [{id: a, type: NOOP, depends_on: [b, c]}]\n',
  });
  expect((await cli('check definitions/good.yaml')).err).not.toContain('explain');
  const { err } = await cli('check definitions');
  expect(err.match(/workflow explain definition\.unknown-task/g)).toHaveLength(1);
});

const definitions = {
  'definitions/report.yaml': `workflow:
  id: report
  version: 1
  input:
    properties: {title: {type: string}, recipients: {type: array}, token: {type: string, secret: true}}
  tasks: [{id: a, type: NOOP}]
`,
  'definitions/spend.yaml': `workflow:
  id: spend
  version: 1
  tasks: [{id: ask, type: HUMAN, approvers: {names: [ana]}, form: {properties: {amount: {type: number}}}}]
`,
};

test('a command that is shown as wrong is refused with that code', async () => {
  const { dir, app, cli } = await createProject(definitions);
  await cli('start spend');
  const texts = (await errorPages()).flatMap((page) => page.texts);
  const shown = texts.flatMap(({ code, examples }) =>
    /^(usage|input)\./.test(code)
      ? examples.flatMap(({ kind, text }) =>
          kind === 'wrong' && text.startsWith('workflow ') ? [{ code, text }] : [],
        )
      : [],
  );
  const refused = await Promise.all(
    shown.map(async ({ code, text }) => {
      const io = createTestIo({ cwd: dir });
      const words = [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([word, quoted]) => quoted ?? word);
      await runCli(words.slice(1), app, io);
      return { code, text, err: io.err() };
    }),
  );

  expect(shown.length).toBeGreaterThan(8);
  expect(refused.filter(({ code, err }) => !err.includes(`[${code}]`))).toEqual([]);
});
