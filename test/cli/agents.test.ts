// `workflow agents`: who carries tasks out, and who is drained. Method: agents.yaml in a project, and workers in memory
// that speak up when the roll is called.
import { expect, test } from 'vitest';
import type { Hello } from '../../events/worker-protocol.ts';
import { createProject, type Project } from './project.ts';

const declared = `
agents:
  SCANNER: { level: L2, department: ops, skills: [scan, report], capacity: 4, description: looks at disks }
  PAPER: { level: L1, transport: { files: { inbox: 1N.3OX, outbox: 0UT.3OX } } }
principals:
  ana: { level: L1 }
  bo: { level: L2, domain: sales }
`;

function worker(project: Project, hello: Partial<Hello>): void {
  const link = project.app.staff.work.link();
  const speak = () =>
    link.hello({
      protocol: 1,
      worker: 'w1',
      agent: 'SCANNER',
      skills: [],
      capacity: 4,
      running: 1,
      utilisation: 0.5,
      language: 'python',
      host: 'station',
      startedAt: '2026-01-01T00:00:00Z',
      everyMs: 60_000,
      leaving: false,
      ...hello,
    });
  link.onRollCall(speak);
}

async function staffed(): Promise<Project> {
  const project = await createProject({ 'agents.yaml': declared });
  worker(project, {});
  worker(project, { worker: 'w9', agent: 'LOOSE', skills: ['fly'], level: 'L0', running: 0, utilisation: 0 });
  project.app.staff.depths.set('SCANNER', { waiting: 7, taken: 1 });

  return project;
}

test('list shows who is declared and who is there, how busy they are, and what waits for them', async () => {
  const { cli } = await staffed();
  const { exit, out } = await cli('agents');
  expect(exit).toBe(0);
  expect(out.split('\n').map((line) => line.replace(/ +/g, ' ').trim())).toEqual([
    'AGENT LEVEL DEPARTMENT SKILLS BY WORKERS BUSY USED QUEUED',
    'LOOSE L0 fly nats 1 0/4 0%',
    'PAPER L1 files',
    'SCANNER L2 ops scan, report nats 1 1/4 50% 7',
    '',
  ]);
});

test('list as a document has everything, for programs', async () => {
  const { cli } = await staffed();
  expect(JSON.parse((await cli('agents list --json')).out)).toMatchObject({
    kind: 'AgentList',
    items: [
      { name: 'LOOSE', level: 'L0', declared: false },
      { name: 'PAPER', transport: 'files', inbox: '1N.3OX', outbox: '0UT.3OX', workers: [] },
      {
        name: 'SCANNER',
        level: 'L2',
        department: 'ops',
        skills: ['scan', 'report'],
        capacity: 4,
        declared: true,
        running: 1,
        utilisation: 0.5,
        queued: 7,
        taken: 1,
        workers: [{ worker: 'w1', language: 'python', host: 'station', running: 1, capacity: 4 }],
      },
    ],
  });
});

test('an agent for which work waits is shown, also when nobody declares it and its workers are gone', async () => {
  const { cli, app } = await createProject({});
  app.staff.depths.set('GONE', { waiting: 0, taken: 2 });
  app.staff.depths.set('IDLE', { waiting: 0, taken: 0 });
  const { out } = await cli('agents');
  expect(out).toMatch(/^GONE .*no worker is listening$/m);
  expect(out).not.toContain('IDLE');
  expect(await cli('agents show GONE')).toMatchObject({ exit: 0, out: expect.stringContaining('2 taken') });
});

test('with an agents.yaml that cannot be used, who was heard of is shown, with the problems, and nothing is drained', async () => {
  const project = await createProject({ 'agents.yaml': 'agents: {SCANNER: {level: L9}}' });
  worker(project, {});
  const { cli, app } = project;
  for (const command of ['agents', 'agents show SCANNER']) {
    const { exit, out, err } = await cli(command);
    expect(exit).toBe(2);
    expect(out).toContain('SCANNER');
    expect(err).toContain('expected L0, L1, L2, L3, found "L9"');
  }
  expect(await cli('agents drain SCANNER --as ana')).toMatchObject({ exit: 2 });
  expect(app.staff.marks.size).toBe(0);
});

test('a project with nobody says how somebody gets there', async () => {
  const { cli } = await createProject({});
  expect(await cli('agents')).toMatchObject({
    exit: 0,
    out: '',
    err: expect.stringContaining('workflow worker'),
  });
});

test('show tells all about an agent and its workers', async () => {
  const { cli } = await staffed();
  const { out } = await cli('agents show SCANNER');
  expect(out).toContain('looks at disks');
  expect(out).toContain('1 of 4 in use, 50% in the last minute');
  expect(out).toContain('7 waiting, 1 taken');
  expect(out).toMatch(/w1 +python +station +1\/4 +50% +now/);
  expect(await cli('agents show SCANER')).toMatchObject({
    exit: 4,
    err: expect.stringContaining('did you mean "SCANNER"?'),
  });
});

test('drain is remembered with who and why, until resume', async () => {
  const { cli, app } = await staffed();
  expect(await cli('agents drain SCANNER --as ana --reason disk')).toMatchObject({ exit: 0 });
  expect(app.staff.marks.get('SCANNER')).toMatchObject({ by: 'ana', reason: 'disk' });
  expect((await cli('agents')).out).toContain('draining by ana');
  expect((await cli('agents show SCANNER --time iso')).out).toMatch(/draining +since \d{4}-\S+ by ana: disk/);
  expect(await cli('agents drain SCANNER --as ana')).toMatchObject({ exit: 5 });

  expect(await cli('agents resume SCANNER --as ana')).toMatchObject({ exit: 0 });
  expect(app.staff.marks.size).toBe(0);
  expect(await cli('agents resume SCANNER --as ana')).toMatchObject({ exit: 5 });
});

test('who may not drain is told the level that it needs, and nothing is drained', async () => {
  const { cli, app } = await staffed();
  const { exit, err } = await cli('agents drain SCANNER --as bo');
  expect(exit).not.toBe(0);
  expect(err).toContain('bo is L2');
  expect(err).toContain('needs L1');
  expect(app.staff.marks.size).toBe(0);
});

test('an agent that nobody knows is not drained by a slip of the pen', async () => {
  const { cli, app } = await staffed();
  expect(await cli('agents drain SCANER --as ana')).toMatchObject({
    exit: 4,
    err: expect.stringContaining('did you mean "SCANNER"?'),
  });
  expect(app.staff.marks.size).toBe(0);
});

test('an agents.yaml with problems is told of with all of them, for people and for programs', async () => {
  const { cli } = await createProject({ 'agents.yaml': 'agents: {A: {level: L9}, B: {skils: a}}' });
  const { exit, err } = await cli('agents');
  expect(exit).toBe(2);
  expect(err).toContain('agents.yaml:1:21');
  expect(err).toContain('did you mean "skills"?');
  const problems = [{ code: 'agents.bad-value' }, { code: 'agents.unknown-key' }];
  expect(JSON.parse((await cli('agents --json')).out)).toMatchObject({
    kind: 'AgentList',
    items: [],
    problems,
  });
  expect(JSON.parse((await cli('agents drain A --as ana --json')).err)).toMatchObject({
    error: { code: 'agents.invalid', problems },
  });
});

test('check says what is wrong with agents.yaml, given the file or its folder', async () => {
  const good = await createProject({ 'agents.yaml': declared });
  expect(await good.cli('check agents.yaml')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('2 agents, 2 principals'),
  });
  const bad = await createProject({ 'agents.yaml': 'agents: {A: {levl: L1}}' });
  expect(await bad.cli('check .')).toMatchObject({
    exit: 2,
    out: expect.stringContaining('agents.yaml:1:14'),
  });
});

test('agents are listed page by page', async () => {
  const { cli } = await staffed();
  const first = JSON.parse((await cli('agents list --limit 2 --json')).out);
  expect(first).toMatchObject({ total: 3, items: [{ name: 'LOOSE' }, { name: 'PAPER' }] });
  const rest = JSON.parse((await cli(`agents list --after ${first.next} --json`)).out);
  expect(rest).toMatchObject({ total: 3, items: [{ name: 'SCANNER' }] });
  expect(rest).not.toHaveProperty('next');
  expect((await cli('agents --limit 1')).err).toContain('1 of 3; --limit <count> shows more');
  expect(await cli('agents --limit none')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('--limit'),
  });
});
