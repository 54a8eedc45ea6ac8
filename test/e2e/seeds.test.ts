// The workflows that the seeds describe ship as definitions, and do what is told of them: on the built command line,
// with a real server and real files. What belongs to agents is carried out by hand. Method: exit codes, and the
// files that a person would look at afterwards.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, type Finished, runProgram } from './station.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const ships = 'argo borealis calypso dione europa fides galatea halcyon juno kestrel'.split(' ');

describe('batch-inventory-validation-v1 over ten folders', () => {
  test('reads the policy once, scans side by side, keeps a receipt each, and reports to the commander', async () => {
    const fleet = await project('fleet');
    const ran = await fleet.cli('start', 'batch-inventory-validation-v1', '--input', 'batch.json');
    expect(ran).toMatchObject({ code: 6, stderr: expect.stringContaining('alert_cmd_bridge') });

    expect(await Promise.all(ships.map((ship) => receiptStatus(fleet, ship)))).toEqual(
      ships.map((ship) => ({ juno: 'FAIL', borealis: 'PARTIAL' })[ship] ?? 'PASS'),
    );
    expect(await fleet.document('0UT.3OX/VALIDATION.SUMMARY.yaml')).toMatchObject({
      ...{ status: 'FAIL', folders: 10, passed: 8, partial: 1, failed: 1, unscanned: [] },
      results: ships.map((ship) => ({ folder: `ships/${ship}` })),
    });
    const report = await fleet.text('0UT.3OX/VALIDATION.SUMMARY.md');
    expect(report).toContain('FAIL: 8 passed, 1 partial, 1 failed, 0 could not be scanned.');
    expect(report).toContain('| ships/juno | FAIL | 50 | 1 | 1 |');

    const moves = await movesOf(fleet);
    expect(moves.filter((move) => move === 'load_policy completed')).toHaveLength(1);
    const firstScanned = moves.findIndex((move) => /scan_folder completed/.test(move));
    const begun = moves.slice(0, firstScanned).filter((move) => /scan_folder scheduled/.test(move));
    expect(begun).toHaveLength(10);

    expect(await fleet.cli('approve', '@last', 'alert_cmd_bridge')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0UT.3OX/VALIDATION.SUMMARY.md'),
    });
    expect(await fleet.cli('replay', '@last')).toMatchObject({ code: 0 });
  });

  test('a fleet in order is announced, and nobody is asked', async () => {
    const fleet = await project('fleet');
    await writeFile(join(fleet.folder, 'ships/juno/manifest.yaml'), 'ship: juno\n');
    await rm(join(fleet.folder, 'ships/borealis/Notes.txt'));
    const ran = await fleet.cli('start', 'batch-inventory-validation-v1', '--input', 'batch.json');

    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('PASS') });
    expect(await fleet.text('.3ox/notifications.log')).toContain('inventory of 10 folders: PASS');
  });

  test('in strict mode a partial result is a failure, and a folder that is not there is one of its own', async () => {
    const fleet = await project('fleet');
    const folders = JSON.stringify(['ships/argo', 'ships/borealis', 'ships/nautilus']);
    const flags = ['--folders', folders, '--policy_file', 'FLEET.POLICY.md', '--strict_mode'];
    expect(await fleet.cli('start', 'batch-inventory-validation-v1', ...flags)).toMatchObject({ code: 6 });

    expect(await receiptStatus(fleet, 'borealis')).toBe('FAIL');
    expect(await fleet.document('0UT.3OX/VALIDATION.SUMMARY.yaml')).toMatchObject({
      ...{ status: 'FAIL', folders: 3, passed: 1, partial: 0, failed: 1 },
      unscanned: [expect.stringContaining('there is no folder ships/nautilus')],
    });
    expect(await fleet.cli('reject', '@last', 'alert_cmd_bridge', '--comment', 'no')).toMatchObject({
      code: 1,
    });
  });
});

describe('station-deployment-v1', () => {
  const deploy = ['start', 'station-deployment-v1', '--station_name', 'nova', '--station_folder', 'nova'];

  test('sets a station up that is healthy, and registers it', async () => {
    const station = await project('station');
    const ran = await station.cli(...deploy);
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('health          PASS') });

    expect(await station.document('nova/.3ox.index/INDEX.yaml')).toMatchObject({ station: 'nova' });
    expect(await station.document('nova/.3ox.index/CORE/ROUTING.yaml')).toMatchObject({
      outbound: { folder: '0UT.3OX' },
    });
    for (const name of ['INVENTORY', 'ROUTING', 'STRICT', 'TIDY', 'WORKSET']) {
      const policy = `.3ox.index/POLICY/${name}.POLICY.md`;
      expect(await station.text(`nova/${policy}`)).toBe(await station.text(policy));
    }
    expect(await station.document('1N.3OX/task-register-nova.yaml')).toMatchObject({
      payload: { station: 'nova', folder: 'nova', status: 'REGISTERED' },
    });
    expect(await station.text('.3ox/notifications.log')).toContain('station nova is ready in nova');
  });

  test('withdraws the registration of a station that is not healthy', async () => {
    const station = await project('station');
    await rm(join(station.folder, '.3ox.index/POLICY/INVENTORY.POLICY.md'));
    const ran = await station.cli(...deploy);

    expect(ran).toMatchObject({ code: 1, stdout: expect.stringContaining('station nova is not healthy') });
    expect(await station.document('1N.3OX/task-register-nova.yaml')).toMatchObject({
      payload: { status: 'WITHDRAWN' },
    });
    expect(await station.cli('replay', '@last')).toMatchObject({ code: 0 });
  });
});

test('research-coordination-v1 waits for three agents side by side and writes what they found', async () => {
  const station = await project('station');
  const started = await station.cli(
    ...['start', 'research-coordination-v1', '--question', 'How do we notice a change?', '--detach'],
  );
  const run = started.stdout.trim();
  const found = (summary: string) => JSON.stringify({ summary, findings: [`${summary}, in detail`] });
  const complete = (task: string, summary: string, ...flags: readonly string[]) =>
    station.cli('complete', run, task, '--output', found(summary), ...flags);

  expect(await complete('research_bft', 'Four must agree', '--detach')).toMatchObject({ code: 0 });
  expect(await complete('research_git_hooks', 'On commit', '--detach')).toMatchObject({ code: 0 });
  expect(await complete('research_file_watchers', 'At once')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('0UT.3OX/RESEARCH.FINDINGS.md'),
  });

  const report = await station.text('0UT.3OX/RESEARCH.FINDINGS.md');
  expect(report).toMatch(/^# How do we notice a change\?\n/);
  expect(report.match(/^## .*$|^- .*$/gm)).toEqual([
    ...['## Git hooks', '- On commit, in detail', '## File watchers', '- At once, in detail'],
    ...['## Byzantine fault tolerance', '- Four must agree, in detail'],
  ]);
  expect(await station.cli('replay', run)).toMatchObject({ code: 0 });
});

describe('incident-response-v1', () => {
  const respond = (station: Project, reading: number) =>
    station.cli('start', 'incident-response-v1', '--source', 'pump 4', '--reading', String(reading));

  test.each([
    [
      60,
      'CRITICAL',
      6,
      { alert_commander: 'COMPLETED', continue_operations: 'SKIPPED', log_incident: 'SKIPPED' },
    ],
    [
      20,
      'HIGH',
      0,
      { alert_commander: 'COMPLETED', continue_operations: 'COMPLETED', pause_system: 'SKIPPED' },
    ],
    [3, 'LOW', 0, { alert_commander: 'SKIPPED', pause_system: 'SKIPPED', log_incident: 'COMPLETED' }],
  ])('a reading of %i is %s and is answered as such', async (reading, severity, code, tasks) => {
    const station = await project('station');
    expect(await respond(station, reading)).toMatchObject({ code });
    if (code === 6) expect(await station.cli('approve', '@last', 'pause_system')).toMatchObject({ code: 0 });

    const run = JSON.parse((await station.cli('show', '@last', '--json')).stdout).run;
    const report = await station.text(`0UT.3OX/INCIDENT.${run}.md`);
    expect(report).toContain(`${severity}. pump 4 reads ${reading}.`);
    for (const [task, status] of Object.entries(tasks)) expect(report).toContain(`| ${task} | ${status} |`);
    expect(await station.text('.3ox/notifications.log')).toContain(`${severity}: pump 4 reads ${reading}`);
  });

  test('the system stays paused until the commander decides, and a refusal is part of the report', async () => {
    const station = await project('station');
    await respond(station, 60);
    const rejected = await station.cli('reject', '@last', 'pause_system', '--comment', 'not yet');

    expect(rejected).toMatchObject({ code: 0 });
    const path = /0UT\.3OX\/INCIDENT\.\w+\.md/.exec(rejected.stdout)?.[0] ?? '';
    expect(await station.text(path)).toContain('rejected by ');
  });
});

type Project = {
  readonly folder: string;
  readonly cli: (...args: readonly string[]) => Promise<Finished>;
  readonly text: (path: string) => Promise<string>;
  readonly document: (path: string) => Promise<unknown>;
};

/** A copy of an example, with the definitions that ship and a namespace of its own. Removed after the test. */
async function project(example: string): Promise<Project> {
  const parent = await mkdtemp(join(tmpdir(), 'workflow-seed-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const folder = join(parent, example);
  const filter = (source: string) => basename(source) !== '.3ox';
  await cp(join(root, 'examples', example), folder, { recursive: true, filter });
  await mkdir(join(folder, 'definitions'), { recursive: true });
  await cp(join(root, 'definitions'), join(folder, 'definitions'), { recursive: true });
  const namespace = basename(parent).toLowerCase();
  const env = { NATS_URL: server.url, WORKFLOW_NAMESPACE: namespace, LANG: 'C.UTF-8' };
  const text = (path: string) => readFile(join(folder, path), 'utf8');

  return {
    folder,
    text,
    cli: (...args) => runProgram(builtCli, args, { cwd: folder, env }),
    document: async (path) => load(await text(path)),
  };
}

async function receiptStatus(fleet: Project, ship: string): Promise<unknown> {
  const receipt = await fleet.document(`0UT.3OX/ships/${ship}/VALIDATION.RECEIPT.yaml`);

  return (receipt as { readonly receipt: { readonly status: string } }).receipt.status;
}

/** The transitions of the last run, in order, as `task state`. */
async function movesOf({ cli }: Project): Promise<readonly string[]> {
  const { events } = JSON.parse((await cli('history', '@last', '--json')).stdout) as {
    readonly events: readonly { readonly transitions: readonly { task?: string; to: string }[] }[];
  };

  return events.flatMap(({ transitions }) => transitions.map(({ task = 'run', to }) => `${task} ${to}`));
}
