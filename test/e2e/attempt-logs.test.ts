// What every attempt printed is kept with the run, also of those that were killed, and never a secret in it. Method:
// the built command line in a project of its own, on a real server whose files are searched afterwards.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

const secret = 'tok-5f3a9c1e77-of-the-run';
const head = (id: string, tasks: string) => `workflow:\n  id: ${id}\n  version: 1\n${tasks}`;
const files = {
  'talks.sh': `echo "attempt $WORKFLOW_ATTEMPT begins" >&2
[ "$WORKFLOW_ATTEMPT" = 2 ] && { echo '{"done": true}'; exit 0; }
echo on the way
i=0; while [ $i -lt 9000 ]; do echo "line $i" >&2; i=$((i+1)); done
echo nonsense >&3
exit 1
`,
  'talks.yaml': head(
    'talks',
    '  tasks: [{id: talk, retry_policy: {max_attempts: 2, initial_delay: 10ms}, run: {command: [sh, talks.sh]}}]\n',
  ),
  'late.yaml': head(
    'late',
    `  tasks:
    - {id: slow, timeout: 1s, optional: true, run: {shell: sh, command: ['echo last words; sleep 60']}}
    - {id: next, depends_on: slow, join: all_done, run: {command: ["true"]}}
`,
  ),
  'short.yaml': head(
    'short',
    "  timeout: 1s\n  tasks: [{id: slow, timeout: 1m, run: {shell: sh, command: ['echo at the end >&2; sleep 60']}}]\n",
  ),
  'quiet.yaml': head(
    'quiet',
    '  tasks: [{id: hush, run: {command: [echo, \'{"a": 1}\']}}, {id: none, run: {command: ["true"]}}]\n',
  ),
  'wide.yaml': head(
    'wide',
    `  tasks:
    - {id: ask, type: HUMAN, wait_for_approval: true}
${Array.from({ length: 40 }, (_, at) => `    - {id: t${at}, depends_on: ask, run: {command: ["true"]}}\n`).join('')}`,
  ),
  'secretive-late.yaml': head(
    'secretive-late',
    `  input: {properties: {token: {type: string, secret: true}}, required: [token]}
  timeout: 1s
  tasks:
    - id: tell
      timeout: 1m
      run: {shell: sh, command: ['echo "$TOKEN" >&2; sleep 60'], env: {TOKEN: "\${workflow.input.token}"}}
`,
  ),
  'secretive.yaml': head(
    'secretive',
    `  input: {properties: {token: {type: string, secret: true}}, required: [token]}
  tasks:
    - id: tell
      run:
        shell: sh
        command: ['i=0; while [ $i -lt 3000 ]; do echo "$TOKEN" >&2; i=$((i+1)); done; echo "{}"']
        env: {TOKEN: "\${workflow.input.token}"}
`,
  ),
};

let server: TestServer;
let project = '';

beforeAll(async () => {
  server = await startTestServer();
  project = await mkdtemp(join(tmpdir(), 'workflow-logs-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text);
});
afterAll(async () => {
  await server.stop();
  await rm(project, { recursive: true, force: true });
});

const cli = (...args: readonly string[]) =>
  runProgram(builtCli, args, {
    cwd: project,
    env: { NATS_URL: server.url, WORKFLOW_INPUT_TOKEN: secret },
  });
type Line = { readonly event: number; readonly stream?: string; readonly text: string };
/** What the attempts at a task printed, as `<stream>: <line>`. */
async function printed(run: string, task: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await cli('logs', run, '--task', task, '--json');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { lines } = JSON.parse(stdout) as { readonly lines: readonly Line[] };

  return lines.flatMap(({ stream, text }) => (stream === undefined ? [] : [`${stream}: ${text}`]));
}
async function started(file: string): Promise<string> {
  const { stdout } = await cli('start', file, '--json');

  return (JSON.parse(stdout) as { readonly run: string }).run;
}
async function facts(run: string): Promise<readonly { readonly type: string; readonly fact: object }[]> {
  return JSON.parse((await cli('history', run, '--json')).stdout).events;
}

test('both attempts are kept with their beginning and end, beside the journal, and exported with it', async () => {
  const run = await started('talks.yaml');
  const lines = await printed(run, 'talk');
  expect(lines).toContain('stdout: on the way');
  expect(lines).toContain('stderr: attempt 1 begins');
  expect(lines).toContain('stderr: line 0');
  expect(lines).toContainEqual(expect.stringMatching(/^stderr: \.\.\. \d+ bytes are left out \.\.\.$/));
  expect(lines).toContain('stderr: line 8999');
  expect(lines).toContainEqual(expect.stringMatching(/^report: report\.invalid: line 1 .*nonsense$/));
  // Its standard output is the output of the task.
  expect(lines.slice(-1)).toEqual(['stderr: attempt 2 begins']);
  const all = await facts(run);
  // What was printed comes with the end of its attempt, and has no record of its own.
  expect(all.filter(({ type }) => type === 'task.logged')).toEqual([]);
  const failed = all.find(({ type }) => type === 'task.failed');
  expect(failed?.fact).toMatchObject({ log: { $blob: { digest: expect.any(String) } } });

  expect((await cli('audit', 'export', run, '--out', 'talks.json')).code).toBe(0);
  const { blobs } = JSON.parse(await readFile(join(project, 'talks.json'), 'utf8'));
  expect(Object.values(blobs).join()).toContain('line 8999');
  expect((await cli('audit', 'verify', 'talks.json')).code).toBe(0);
  expect((await cli('replay', run)).code).toBe(0);
}, 300_000);

test('an attempt that timed out keeps what it had printed, also where its run ended with it', async () => {
  const late = await started('late.yaml');
  expect(await printed(late, 'slow')).toEqual(['stdout: last words']);
  const short = await started('short.yaml');
  expect(await printed(short, 'slow')).toEqual(['stderr: at the end']);
  for (const run of [late, short]) expect((await cli('replay', run)).code).toBe(0);
}, 300_000);

test('an attempt that printed nothing but its result has no log and no record more', async () => {
  // Whether a start is recorded is a matter of how long the attempt takes.
  const all = (await facts(await started('quiet.yaml'))).filter(({ type }) => type !== 'task.started');
  expect(all.map(({ type }) => type)).toEqual(['run.started', 'task.completed', 'task.completed']);
  for (const { fact } of all) expect(fact).not.toHaveProperty('log');
}, 300_000);

test('no byte of a secret that a command printed is kept', async () => {
  const run = await started('secretive.yaml');
  const lines = await printed(run, 'tell');
  expect(lines.filter((line) => line === 'stderr: ***').length).toBeGreaterThan(100);
  // This one is noted when its run is over.
  expect(await printed(await started('secretive-late.yaml'), 'tell')).toEqual(['stderr: ***']);
  const all = Buffer.concat(
    await Promise.all(
      (await readdir(server.storeDir, { recursive: true, withFileTypes: true }))
        .filter((each) => each.isFile())
        .map((each) => readFile(join(each.parentPath, each.name))),
    ),
  );
  expect(all.includes('secretive')).toBe(true);
  expect(all.includes(secret)).toBe(false);
  expect(lines.join('\n')).not.toMatch(/5f3a9c1e77/);
}, 300_000);

test('--follow tells each line once, and at its time, where many tasks go on side by side', async () => {
  const { run } = JSON.parse((await cli('start', 'wide.yaml', '--json')).stdout) as { readonly run: string };
  const following = cli('logs', run, '--follow', '--json');
  expect((await cli('approve', run, 'ask')).code).toBe(0);

  const { code, stdout } = await following;
  expect(code).toBe(0);
  const told = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const { lines } = JSON.parse((await cli('logs', run, '--json')).stdout) as { readonly lines: unknown };
  expect(told).toEqual(lines);
}, 60_000);
