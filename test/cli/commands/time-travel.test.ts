// `show --at`, `diff` and `next`: what a run was, what changed, and what could happen to it now. Method: the
// command line over the real engine, a run that waits for a person.
import { expect, test } from 'vitest';
import { createProject } from '../project.ts';

const waiting = `
workflow:
  id: waiting
  version: 1
  input: { required: [amount] }
  variables: { seen: 0 }
  tasks:
    - { id: note, type: SET_VARIABLE, variables: { seen: '\${workflow.input.amount}' } }
    - { id: agree, type: HUMAN, depends_on: note, approvers: { level: L1, names: [ana, ben] }, timeout: 2h, on_timeout: reject }
    - { id: last, type: NOOP, depends_on: agree }
`;
const broken = `
workflow:
  id: broken
  version: 1
  tasks:
    - { id: fine, type: NOOP }
    - { id: ends, type: TERMINATE, depends_on: fine, status: FAILED, reason: 'no more' }
`;

type Enabled = { event: string; task?: string; who: string; at?: string; command?: string[] };

async function started(definition: string, line: string) {
  const project = await createProject({ 'definitions/a.yaml': definition });
  await project.cli(`start definitions/a.yaml ${line}`);
  const document = async (command: string) => JSON.parse((await project.cli(`${command} --json`)).out);

  return { ...project, document };
}

test('next says for every open task what may end it and who may, and what may be asked of the run', async () => {
  const { cli, document } = await started(waiting, '--amount 7');
  const { events, commands, status } = await document('next @last');
  expect(status).toBe('RUNNING');
  expect((events as Enabled[]).map(({ event, task, who }) => `${event} ${task}: ${who}`)).toEqual([
    'approval.granted agree: ana or ben, of level L1 or above',
    'approval.denied agree: ana or ben, of level L1 or above',
    'approval.delegated agree: ana or ben, of level L1 or above',
    'task.skipped agree: L1 or above',
    'task.skipped last: L1 or above',
    'task.resolved last: L1 or above',
    'timer.fired agree: the clock (approval.timeout)',
  ]);
  expect((commands as Enabled[]).map(({ event }) => event)).toEqual([
    'run.paused',
    'run.cancelled',
    'run.terminated',
    'run.forked',
  ]);
  expect((await cli('next @last')).out).toContain('workflow approve');
});

test('next of a run that is over names what it could still be asked for, task by task', async () => {
  const { document } = await started(broken, '');
  const { events, commands } = await document('next @last');

  expect(events).toEqual([]);
  expect((commands as Enabled[]).map(({ event, task }) => [event, task].filter(Boolean).join(' '))).toEqual([
    'run.retried',
    'dead-letter.dropped',
    'run.rerun fine',
    'run.rerun ends',
    'run.started',
  ]);
});

test('show --at shows the run as it was then, with what could happen next then', async () => {
  const { cli, document } = await started(waiting, '--amount 7');
  const first = await document('show @last --at 1');
  const now = await document('show @last');

  expect(first).toMatchObject({ isPast: true, sequence: 1, last: now.sequence, status: 'RUNNING' });
  expect(first.next.events[0]).toMatchObject({ event: 'the result of its expressions', task: 'note' });
  expect(await document(`show @last --at ${now.sequence}`)).toMatchObject({
    tasks: now.tasks.map(({ elapsedMs: _running, ...task }: { elapsedMs?: number }) => task),
    timers: now.timers,
  });
  const { out, err } = await cli('show @last --at 2');
  expect(out).toContain('What could have happened next');
  expect(err).toMatch(/workflow fork \w+ --at 2/);
});

test('of a run as it was, no command is shown that would act on the run as it is, but a fork from there', async () => {
  const { cli, document } = await started(waiting, '--amount 7');
  const { next } = await document('show @last --at 2');
  const { out } = await cli('show @last --at 2');

  expect(
    [...next.events, ...next.commands].filter(({ command }: Enabled) => command !== undefined),
  ).toMatchObject([{ event: 'run.forked' }]);
  expect(next.commands.map(({ event }: Enabled) => event)).toContain('run.cancelled');
  expect(out).not.toMatch(/workflow (approve|cancel|skip|terminate)/);
  expect((await cli('next @last')).out).toMatch(/workflow cancel/);
});

test('an event that a run does not have is said to be none, with how many there are', async () => {
  const { cli, document } = await started(waiting, '--amount 7');
  const { sequence } = await document('show @last');

  const { exit, err } = await cli('show @last --at 99');
  expect({ exit, err }).toEqual({
    exit: 4,
    err: `error [run.no-event] event 99: the run has ${sequence} events\n`,
  });
  expect(await cli('diff @last 1 99')).toMatchObject({ exit: 4 });
  expect(await cli('show @last --at 0')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('from 1 on'),
  });
  for (const typed of ['one', '1e0', '0x1', '01', '+1', '1.0', '9'.repeat(20)])
    expect({ typed, exit: (await cli(`diff @last ${typed} 2`)).exit }).toEqual({ typed, exit: 2 });
});

test('diff names the tasks, the values and the events between two events, in either direction', async () => {
  const { cli, document } = await started(waiting, '--amount 7');
  await cli('approve @last agree --as ana --detach --comment fine');
  const { sequence } = await document('show @last');
  const changed = await document(`diff @last 1 ${sequence}`);

  expect(changed.tasks).toContainEqual({ task: 'agree', from: 'waiting', to: 'approved', attempt: 1 });
  expect(changed.values).toContainEqual({ path: 'variables.seen', before: 0, after: '7' });
  expect(changed.events.map((each: { sequence: number }) => each.sequence)).toEqual(
    Array.from({ length: sequence - 1 }, (_, index) => index + 2),
  );
  const back = await document(`diff @last ${sequence} 1`);
  expect(back.values).toContainEqual({ path: 'variables.seen', before: '7', after: 0 });
  const { out } = await cli(`diff @last 1 ${sequence}`);
  expect(out).toContain('agree: PENDING → COMPLETED');
  expect(out).toContain('~ variables.seen: 0 → "7"');
  expect((await cli('diff @last 2 2')).out).toContain('nothing changed');
});
