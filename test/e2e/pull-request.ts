// A pull request, and the action for it: action.yml is read, and each `run:` is run by bash as GitHub runs it, in a
// shallow clone of a repository whose branch changed a definition; the built command is what is installed in the clone.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { load } from 'js-yaml';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { builtCli } from './station.ts';

export const actionFile = fileURLToPath(
  new URL('../../.github/actions/pull-request/action.yml', import.meta.url),
);
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

export const orders = (limit: number, task = 'NOOP') => `workflow:
  id: orders
  version: ${limit}
  input: {properties: {amount: {type: number, default: 10}}}
  tasks:
    - {id: route, type: DECISION, decision_param: "workflow.input.amount > ${limit}", decision_cases: {"true": {next: large}, "false": {next: small}}}
    - {id: large, type: ${task}}
    - {id: small, type: NOOP}
`;

/** A shallow clone of a branch that changes a definition, with the base as GitHub names it. */
export async function pullRequest(
  files: Readonly<Record<string, string>>,
  { from, to }: { readonly from: string; readonly to: string },
  project = '.',
  changed: Readonly<Record<string, string | undefined>> = {},
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
  for (const [name, text] of Object.entries({ ...changed, 'definitions/orders.yaml': to })) {
    if (text === undefined) await rm(join(origin, project, name));
    else await put(join(origin, project), name, text);
  }
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
export async function act(
  clone: string,
  options: Readonly<Record<string, string>> = {},
  server: Readonly<Record<string, string>> = {},
) {
  const given: Readonly<Record<string, string>> = {
    ...Object.fromEntries(Object.entries(inputs).map(([name, { default: text }]) => [name, text])),
    pull: sh(clone, 'git', 'ls-remote', 'origin', 'main').split(/\s/)[0] ?? '',
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
          ...{ GITHUB_ACTION_PATH: dirname(actionFile), GITHUB_SHA: '', ...server },
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
  const pulled = text.replaceAll('github.event.pull_request.base.sha', 'inputs.pull');

  return pulled.replaceAll(
    /\$\{\{ inputs\.([a-z-]+) \}\}/g,
    (_, name: string) => given[name] ?? expect.unreachable(`no input ${name}`),
  );
}

export async function put(folder: string, name: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text, { mode });
}

export const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false'];

export function commit(folder: string): void {
  sh(folder, 'git', 'add', '.');
  sh(folder, 'git', ...who, 'commit', '--quiet', '--message', 'orders');
}

export function sh(cwd: string, program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NATS_URL: '' },
  });
  expect(status, `${program} ${args.join(' ')}: ${stderr}`).toBe(0);

  return stdout;
}
