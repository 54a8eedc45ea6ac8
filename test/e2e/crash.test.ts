// `workflow resume` goes on with a run whose `workflow start` was killed. Method: the built command line runs the
// inventory validation of a small folder on a real server and is killed by SIGKILL right after event n is stored, for
// every n. `resume` then has to end the run as it ends without a kill, what was completed before the kill must not be
// carried out again, and the journal has to replay byte for byte. (What failpoints.test.ts does to every definition,
// at four places of every event, it does to engines without the command line.)
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isFinal, statusOf } from '../../machines/chart/task-status.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import type { RunView, Workflows } from '../../src/ports/runs/workflows.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { partsOf } from '../support/stream-parts.ts';
import { crashingCli, runProgram, smallStation } from './station.ts';

let server: TestServer;
let stream: JetStreamHandle;
let workflows: Workflows;
let station: string;

beforeAll(async () => {
  server = await startTestServer();
  stream = await connectJetStream({ url: server.url });
  workflows = createWorkflows({ ...partsOf(stream), newRunId: () => '', answerTimeoutMs: 1_000 });
  station = await smallStation();
});
afterAll(async () => {
  await stream.close();
  await server.stop();
  await rm(station, { recursive: true, force: true });
});

/**
 * A policy under which the run passes, and one under which it fails and waits for the commander. In the one course the
 * start of every attempt is an event of its own, in the other none is.
 */
const courses = [
  { policy: 'pass', exits: 0, starts: 'always' },
  { policy: 'fail', exits: 6, starts: 'never' },
] as const;

test.each(courses)(
  'killed at any event, the run goes on where it was ($policy)',
  async ({ policy, exits, starts }) => {
    const whole = await runCourse(policy, starts, 'never:0');
    expect(whole.exits).toBe(exits);

    for (let index = 1; index <= whole.events; index += 1) {
      const crashed = await runCourse(policy, starts, `answered:${index}`);
      expect(crashed.killed, `event ${index}`).toBe(true);
      expectSame(crashed, whole, `killed at event ${index}`);
    }
  },
  180_000,
);

type Course = {
  readonly killed: boolean;
  readonly exits: number | null;
  readonly events: number;
  readonly statuses: Readonly<Record<string, string>>;
  readonly output: unknown;
  readonly receipt: string;
  /** What was carried out again although it was completed before the kill. */
  readonly repeated: readonly string[];
  readonly differences: number;
};

function expectSame(crashed: Course, whole: Course, when: string): void {
  const { statuses, output, exits } = whole;
  expect({ statuses: crashed.statuses, output: crashed.output, exits: crashed.exits }, when).toEqual({
    statuses,
    output,
    exits,
  });
  expect(crashed.repeated, when).toEqual([]);
  expect(crashed.differences, when).toBe(0);
  expect(crashed.receipt, when).toContain('status:');
}

/** Starts a run that is killed as told, and resumes it. */
async function runCourse(policy: string, starts: string, crash: string): Promise<Course> {
  const output = `out/${policy}-${crash.replace(':', '-')}`;
  const effects = join(station, `${policy}-${crash.replace(':', '-')}.log`);
  const cli = (args: readonly string[], env = {}) =>
    runProgram(crashingCli, args, { cwd: station, env: { NATS_URL: server.url, EFFECTS: effects, ...env } });
  await rm(effects, { force: true });
  const inputs = [
    '--target_folder',
    'files',
    '--policy_file',
    `${policy}.policy.yaml`,
    '--output_folder',
    output,
  ];
  const start = await cli(['start', 'definitions/inventory-validation.yaml', ...inputs], {
    CRASH: crash,
    STARTS: starts,
  });
  const killed = start.signal === 'SIGKILL';
  const [latest] = [...(await workflows.list())].sort((a, b) => b.run.localeCompare(a.run));
  const run = latest?.run ?? '';
  const before = await workflows.view(run);
  const attemptsBefore = await linesOf(effects);
  const over = isFinal(before.state.status);
  const { code } = killed && !over ? await cli(['resume', run]) : start;
  const after = await workflows.view(run);
  const attempts = await linesOf(effects);

  return {
    killed,
    exits: killed && over ? 0 : code,
    events: after.sequence,
    statuses: statusesOf(after),
    output: withoutFolder(after.state.output),
    receipt: await readFile(join(station, output, 'VALIDATION.RECEIPT.yaml'), 'utf8'),
    repeated: attempts
      .slice(attemptsBefore.length)
      .filter((attempt) => statusesOf(before)[taskOf(attempt)] === 'COMPLETED'),
    differences: (await workflows.replay(run)).differences.length,
  };
}

function statusesOf({ state }: RunView): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(state.tasks).map(([id, task]) => [id, statusOf(task.state)]));
}

function taskOf(attempt: string): string {
  return attempt.split('/')[1] ?? '';
}

/** Every course writes its receipt to a folder of its own. */
function withoutFolder(output: unknown): unknown {
  return typeof output === 'object' && output !== null ? { ...output, receipt_file: '' } : output;
}

async function linesOf(file: string): Promise<readonly string[]> {
  return (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
}
