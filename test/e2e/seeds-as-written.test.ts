// The definitions of the seeds run as they are written there, decoration and all, to every end they have. Their tasks
// belong to agents; the test plays those, and approves and rejects as the commander. Method: a real server, real
// files, and for every run a look at its end and at what replaying its journal gives.
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { statusOf } from '../../machines/chart/task-status.ts';
import type { Run } from '../../machines/run/run.ts';
import { importConductor } from '../../src/importers/conductor/import-conductor.ts';
import { TaskError } from '../../src/ports/work/handler.ts';
import { definitionText } from '../support/definition-text.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { openScripted, type Script, type Scripted } from './scripted-session.ts';

let server: TestServer;
let projectDir: string;
let scripted: Scripted;

beforeAll(async () => {
  server = await startTestServer();
  process.env['NATS_URL'] = server.url;
  projectDir = await mkdtemp(join(tmpdir(), 'workflow-seeds-'));
  scripted = await openScripted(projectDir);
});
afterAll(async () => {
  await scripted.session.close();
  await server.stop();
  await rm(projectDir, { recursive: true, force: true });
});

const seed = (name: string) => readFileSync(new URL(`../fixtures/seeds/${name}`, import.meta.url)).toString();
const files = { file_list: ['LICENSE', 'README.md'], scan_timestamp: '2025-10-07T14:20:00.000Z' };
const policy = { policy_rules: { required_files: ['LICENSE'] }, required_files: ['LICENSE'] };
const checked = (compliance_status: string): Script => ({
  scan_files: () => files,
  load_policy: () => policy,
  validate_compliance: () => ({ compliance_status, violations: ['LICENSE missing'] }),
  log_to_incident: () => ({}),
  notify_commander: () => ({}),
  preserve_state: () => ({}),
  generate_receipt: () => ({}),
  generate_warning_receipt: () => ({}),
});

describe('the inventory validation of the research report', () => {
  const text = seed('inventory-validation-v1.workflow.yaml');
  const input = { target_folder: '0UT.3OX', policy_file: 'INVENTORY.POLICY.md', strict_mode: false };

  test.each([
    ['PASS', 'generate_receipt', ['generate_warning_receipt', 'alert_cmd_bridge']],
    ['FAIL_SOFT', 'generate_warning_receipt', ['generate_receipt', 'alert_cmd_bridge']],
  ])('completes when it is %s, with %s', async (status, taken, others) => {
    const run = await scripted.start(text, input, checked(status));
    const ended = await scripted.ended(run);

    expect(ended.state).toMatchObject({ status: 'COMPLETED', output: { compliance_status: status } });
    expect(statuses(ended)).toMatchObject({
      [taken]: 'COMPLETED',
      ...Object.fromEntries(others.map((id) => [id, 'SKIPPED'])),
    });
    await replaysExactly(run);
  });

  test('keeps the execution log that its monitoring asks for, and tells in the state file where inputs came from', async () => {
    const run = await scripted.start(text, input, checked('PASS'));
    await scripted.ended(run);
    const log = () => readFile(join(projectDir, '.3ox/workflow.execution.log'), 'utf8').catch(() => '');
    const linesOfRun = async () => (await log()).split('\n').filter((line) => line.includes(run));
    await expect
      .poll(async () => (await linesOfRun()).at(-1), { timeout: 20_000 })
      .toContain('WORKFLOW_COMPLETED');

    const lines = await linesOfRun();
    expect(lines.map((line) => line.split(' ').slice(4, 6).join(' ')).sort()).toEqual(
      expect.arrayContaining([
        'TASK_COMPLETED generate_receipt',
        'TASK_COMPLETED scan_files',
        'TASK_SKIPPED alert_cmd_bridge',
      ]),
    );
    expect(lines[0]).toMatch(/^⧗-\d+\.\d+\.\d{4} \S+Z \S+ 1 STARTED definition=inventory-validation-v1@1 /);
    expect(lines.at(-1)).toMatch(/execution_time=\S+ task_success_rate=100% retry_count=0$/);
    const state = () => readFile(join(projectDir, '.3ox/workflow.state.yaml'), 'utf8').catch(() => '');
    await expect.poll(state, { timeout: 20_000 }).toContain('file_list: "scan_files.output.file_list"');
  });

  test('reads scan and policy side by side, and gives the receipt its path', async () => {
    const inputs: Json[] = [];
    const generate_receipt = (given: Json) => {
      inputs.push(given);
      return {};
    };
    const run = await scripted.start(text, input, { ...checked('PASS'), generate_receipt });
    const { state } = await scripted.ended(run);

    expect([...scripted.played(run).slice(0, 2)].sort()).toEqual(['load_policy', 'scan_files']);
    expect(inputs).toMatchObject([{ timestamp: files.scan_timestamp }]);
    expect(state.tasks['generate_receipt']?.output).toEqual({
      receipt_file: '0UT.3OX/VALIDATION.RECEIPT.yaml',
    });
  });

  test('waits for the commander when it is FAIL_STRICT, and completes when approved', async () => {
    const run = await scripted.start(text, input, checked('FAIL_STRICT'));
    await commanderSays(run, 'approve');

    expect((await scripted.ended(run)).state.status).toBe('COMPLETED');
    await replaysExactly(run);
  });

  test('has its failure workflow run when the commander rejects', async () => {
    const run = await scripted.start(text, input, checked('FAIL_STRICT'));
    await commanderSays(run, 'reject');
    const failed = await scripted.ended(run);

    expect(failed.state).toMatchObject({ status: 'FAILED', failedTask: 'alert_cmd_bridge' });
    await failureWorkflowRan(failed);
    await replaysExactly(run);
  });

  test('tries the scan three times before it fails, and has its failure workflow run', async () => {
    const glitch = () => {
      throw new TaskError('disk.glitch', 'access to the path was denied', { retryable: true });
    };
    const quick = text
      .replace('version: 1', 'version: 2')
      .replace('initial_delay: "1s"', 'initial_delay: "1ms"');
    const run = await scripted.start(quick, input, { ...checked('PASS'), scan_files: glitch });
    const failed = await scripted.ended(run);

    expect(scripted.played(run).filter((task) => task === 'scan_files')).toHaveLength(3);
    expect(failed.state).toMatchObject({ status: 'FAILED', failedTask: 'scan_files' });
    await failureWorkflowRan(failed);
    await replaysExactly(run);
  });

  test('takes no branch for a status that no case names', async () => {
    const run = await scripted.start(text, input, checked('UNKNOWN'));
    const ended = await scripted.ended(run);

    expect(ended.state.status).toBe('COMPLETED');
    expect(statuses(ended)).toMatchObject({ generate_receipt: 'SKIPPED', alert_cmd_bridge: 'SKIPPED' });
  });
});

describe('the tasks of the comparison', () => {
  const text = definitionText(
    seed('comparison-tasks.yaml'),
    'input: {required: [output_folder], optional: [strict_mode: false]}',
  );
  const script = (status: string): Script => ({
    ...checked(status),
    generate_success_receipt: () => ({ status: 'PASS' }),
    generate_failure_receipt: () => ({}),
    alert_cmd_bridge: () => ({}),
  });

  test.each([
    ['PASS', false, ['generate_success_receipt']],
    ['PARTIAL', false, ['generate_warning_receipt']],
    ['PARTIAL', true, []],
    ['FAIL', false, ['generate_failure_receipt', 'alert_cmd_bridge']],
  ])('%s with strict mode %s leads to %j', async (status, strict_mode, taken) => {
    const output_folder = `out/${status}-${strict_mode}`;
    const run = await scripted.start(text, { output_folder, strict_mode }, script(status));
    const ended = await scripted.ended(run);
    const carriedOut = scripted.played(run).slice(3);

    expect(ended.state.status).toBe('COMPLETED');
    expect([...carriedOut].sort()).toEqual([...taken].sort());
    expect(existsSync(join(projectDir, output_folder, 'VALIDATION.RECEIPT.yaml'))).toBe(status === 'PASS');
    const results = await readFile(join(projectDir, '.3ox/workflow-data/validation_results.yaml'), 'utf8');
    expect(results).toContain(`compliance_status: ${status}`);
    await replaysExactly(run);
  });
});

describe('the Conductor examples of the research report', () => {
  test('a video is encoded and deployed', async () => {
    const run = await scripted.start(
      imported('encode-and-deploy.json'),
      {},
      {
        encode_ref: () => ({ location: 'cdn://video' }),
        deploy_ref: (input) => input,
      },
    );

    expect((await scripted.ended(run)).state).toMatchObject({
      status: 'COMPLETED',
      output: { deploy_ref: { fileLocation: 'cdn://video' } },
    });
    await replaysExactly(run);
  });

  test('a candidate is screened and assessed', async () => {
    const run = await scripted.start(
      imported('software-interview-workflow.json'),
      { resume: 'ada.pdf' },
      {
        screen_resume_ref: (input) => ({ candidate_id: `of ${JSON.stringify(input)}` }),
        technical_ref: (input) => ({ ...(input as object), score: 'PASS' }),
        schedule_final_interview: () => ({}),
        send_rejection_email: () => ({}),
      },
    );
    const { state } = await scripted.ended(run);

    expect(state.status).toBe('COMPLETED');
    expect(state.tasks['technical_ref']?.output).toEqual({
      candidate_id: 'of {"resume":"ada.pdf"}',
      score: 'PASS',
    });
    await replaysExactly(run);
  });
});

function imported(name: string): string {
  const outcome = importConductor({ text: seed(name), file: name });

  return outcome.ok ? (outcome.definitions[0]?.yaml ?? '') : outcome.message;
}

function statuses({ state }: Run): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(state.tasks).map(([id, task]) => [id, statusOf(task.state)]));
}

async function commanderSays(run: string, kind: 'approve' | 'reject'): Promise<void> {
  const task = 'alert_cmd_bridge';
  await scripted.until(run, ({ state }) => state.tasks[task]?.state === 'pending_approval');
  const answer = await scripted.session.workflows.command(run, { kind, task, by: 'commander' }, 'commander');
  expect(answer).toMatchObject({ ok: true });
}

async function failureWorkflowRan({ state }: Run): Promise<void> {
  const answering = await scripted.ended(state.failureRun?.run ?? '');

  expect(answering.state).toMatchObject({ status: 'COMPLETED', failureOf: state.run });
  expect(answering.chart.definition.id).toBe('inventory-validation-failure-handler');
  expect(statuses(answering)).toEqual({
    log_to_incident: 'COMPLETED',
    notify_commander: 'COMPLETED',
    preserve_state: 'COMPLETED',
  });
}

async function replaysExactly(run: string): Promise<void> {
  expect(await scripted.session.workflows.replay(run)).toMatchObject({ differences: [] });
}
