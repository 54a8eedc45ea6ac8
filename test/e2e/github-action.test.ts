// The action for pull requests does what its page says. Method: action.yml is read, and each `run:` is run by bash
// as GitHub runs it, in a shallow clone of a repository whose branch changed a definition; npx finds the built
// command in the clone.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { load } from 'js-yaml';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { builtCli } from './station.ts';

const actionFile = fileURLToPath(new URL('../../.github/actions/pull-request/action.yml', import.meta.url));
const Action = z.object({
  inputs: z.record(z.string(), z.object({ description: z.string(), default: z.string() })),
  runs: z.object({
    using: z.literal('composite'),
    steps: z.array(
      z.strictObject({
        name: z.string(),
        if: z.string().optional(),
        shell: z.literal('bash'),
        env: z.record(z.string(), z.string()),
        run: z.string(),
      }),
    ),
  }),
});
const { inputs, runs } = Action.parse(load(await readFile(actionFile, 'utf8')));

const orders = (limit: number, task = 'NOOP') => `workflow:
  id: orders
  version: ${limit}
  input: {properties: {amount: {type: number, default: 10}}}
  tasks:
    - {id: route, type: DECISION, decision_param: "workflow.input.amount > ${limit}", decision_cases: {"true": {next: large}, "false": {next: small}}}
    - {id: large, type: ${task}}
    - {id: small, type: NOOP}
`;
const cases = `test:
  cases:
    - name: ten is little
      input: {amount: 10}
      expect: {path: [small], tasks: {large: SKIPPED}}
`;

test('a changed definition is checked, tested, and held against what there was', async () => {
  const clone = await pullRequest(
    { 'definitions/orders.test.yaml': cases },
    { from: orders(50), to: orders(40) },
  );
  const { outcome, summary, said } = await act(clone);

  expect(outcome, said).toEqual({ Check: 0, Test: 0, 'What if': 0 });
  expect(summary).toContain('### workflow check\n```\n✓ definitions/orders.yaml  orders v40, 3 tasks\n```\n');
  expect(summary).toMatch(
    /### workflow test\n```\n✓ definitions\/orders\.yaml[\s\S]* 1 case, 0 failed.*\n```\n/,
  );
  // 10 and 51, which go the two ways of before, go them still; 41 does not.
  expect(summary).toContain(
    '### definitions/orders.yaml: the scenarios of before, by the change\n```\n2 scenarios by orders v40: 2 the same\n```\n',
  );
  expect(summary).toMatch(
    /the scenarios of the change, by what was before\n```\nSCENARIO .*\n.*diverges at event 2 +decision route took false instead of true.*\n2 scenarios by orders v50: 1 the same, 1 diverges\n```\n$/,
  );
  expect(said).not.toContain('::error');
  expect(await readFile(join(clone, 'workflow-tests.xml'), 'utf8')).toContain(
    '<testsuite name="definitions/orders.yaml"',
  );
});

test('a mistake fails it and is shown at its line, and what can still be told is told', async () => {
  const clone = await pullRequest({}, { from: orders(50), to: orders(50, 'NOOPE') });
  const { outcome, summary, said } = await act(clone);

  expect(outcome).toEqual({ Check: 2, Test: 2, 'What if': 0 });
  expect(said).toMatch(
    /^::error file=definitions\/orders\.yaml,line=7,col=\d+,title=definition\.[a-z-]+::tasks\.large\.type: .*NOOPE/m,
  );
  expect(summary).toMatch(/✗ definitions\/orders\.yaml {2}1 error\n```/);
});

test('a case that fails is shown at its line', async () => {
  const clone = await pullRequest(
    { 'definitions/orders.test.yaml': cases },
    { from: orders(50), to: orders(5) },
  );
  const { outcome, said } = await act(clone);

  expect(outcome).toEqual({ Check: 0, Test: 7, 'What if': 0 });
  expect(said).toMatch(/^::error file=definitions\/orders\.test\.yaml,line=3::ten is little%0A/m);
});

test('a project in a folder may have its differences fail, and none where nothing differs', async () => {
  const options = { project: 'shop', 'fail-on-differences': 'true' };
  const differing = await pullRequest({}, { from: orders(50), to: orders(40) }, 'shop');
  expect((await act(differing, options)).outcome).toEqual({ Check: 0, Test: 0, 'What if': 7 });

  const same = await pullRequest(
    {},
    { from: orders(50), to: orders(50).replace('small, type', 'small, name: Small, type') },
    'shop',
  );
  const { outcome, summary } = await act(same, options);
  expect(outcome).toEqual({ Check: 0, Test: 0, 'What if': 0 });
  expect(summary).toMatch(
    /shop\/definitions\/orders.yaml: the scenarios of before, by the change\n```\n2 scen/,
  );
});

test('with a server the latest runs are compared, too', async () => {
  const clone = await pullRequest({}, { from: orders(50), to: orders(5) });
  onTestFinished(() => void sh(clone, 'npx', '3ox-workflow', 'down'));
  await mkdir(join(clone, '..', 'old'));
  await writeFile(join(clone, '..', 'old', 'orders.yaml'), orders(50));
  sh(clone, 'npx', '3ox-workflow', 'start', '../old/orders.yaml');
  const { outcome, summary } = await act(clone, { runs: '5' });

  expect(outcome).toEqual({ Check: 0, Test: 0, 'What if': 0 });
  expect(summary).toMatch(/orders.yaml: the latest runs, by the change\n```\nRUN .*\n.*diverges at event 2/);
});

/** A shallow clone of a branch that changes a definition, with the base as GitHub names it. */
async function pullRequest(
  files: Readonly<Record<string, string>>,
  { from, to }: { readonly from: string; readonly to: string },
  project = '.',
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-action-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const origin = join(folder, 'origin');
  await put(origin, '.gitignore', 'node_modules\n.3ox\n');
  for (const [name, text] of Object.entries(files)) await put(join(origin, project), name, text);
  await put(join(origin, project), 'definitions/orders.yaml', from);
  sh(origin, 'git', 'init', '--quiet', '--initial-branch', 'main');
  commit(origin);
  sh(origin, 'git', 'checkout', '--quiet', '-b', 'change');
  await put(join(origin, project), 'definitions/orders.yaml', to);
  commit(origin);
  const clone = join(folder, 'clone');
  sh(
    folder,
    'git',
    'clone',
    '--quiet',
    '--depth',
    '1',
    '--branch',
    'change',
    pathToFileURL(origin).href,
    clone,
  );
  await put(
    clone,
    'node_modules/.bin/3ox-workflow',
    `#!/bin/sh\nexec '${process.execPath}' '${builtCli}' "$@"\n`,
    0o755,
  );

  return clone;
}

/** Runs the steps as GitHub does. Resolves with their exit codes by name, the summary, and what the log says. */
async function act(clone: string, options: Readonly<Record<string, string>> = {}) {
  const given: Readonly<Record<string, string>> = {
    ...Object.fromEntries(Object.entries(inputs).map(([name, { default: text }]) => [name, text])),
    base: sh(clone, 'git', 'ls-remote', 'origin', 'main').split(/\s/)[0] ?? '',
    ...options,
  };
  const temp = join(clone, '..', 'temp');
  await mkdir(temp);
  const summary = join(temp, 'summary.md');
  const outcome: Record<string, number | null> = {};
  let said = '';
  for (const { name, if: condition, env, run } of runs.steps) {
    if (condition === undefined && Object.values(outcome).some((code) => code !== 0)) continue;
    const script = join(temp, `${Object.keys(outcome).length}.sh`);
    await writeFile(script, run);
    const values = Object.entries(env).map(([key, text]) => [key, evaluated(text, given)]);
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['--noprofile', '--norc', '-eo', 'pipefail', script],
      {
        cwd: clone,
        encoding: 'utf8',
        env: {
          ...process.env,
          ...{ NATS_URL: '', NO_COLOR: '1', GITHUB_STEP_SUMMARY: summary, RUNNER_TEMP: temp },
          ...Object.fromEntries(values),
        },
      },
    );
    outcome[name] = status;
    said += `${stdout}${stderr}`;
  }

  return { outcome, said, summary: await readFile(summary, 'utf8') };
}

function evaluated(text: string, given: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$\{\{ inputs\.([a-z-]+) \}\}/g,
    (_, name: string) => given[name] ?? expect.unreachable(`no input ${name}`),
  );
}

async function put(folder: string, name: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text, { mode });
}

function commit(folder: string): void {
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false'];
  sh(folder, 'git', 'add', '.');
  sh(folder, 'git', ...who, 'commit', '--quiet', '--message', 'orders');
}

function sh(cwd: string, program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NATS_URL: '' },
  });
  expect(status, `${program} ${args.join(' ')}: ${stderr}`).toBe(0);

  return stdout;
}
