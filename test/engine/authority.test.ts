// Who may do what, as the engine that owns a run sees it: whatever a client says of itself, the channel vouches for
// who asks. Method: a node that knows four principals, runs of two definitions, commands through the front door, and
// requests that no front door would send through the channel itself.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { authorityOf } from '../../machines/agents/authority.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { shardOf } from '../../machines/shard.ts';
import { triggeredRun } from '../../machines/triggers/triggered-run.ts';
import type { Answer, RunCommand, Workflows } from '../../src/ports/runs/workflows.ts';
import { createWorld, settled } from './node-world.ts';

const authority = authorityOf([
  { name: 'commander', level: 'L0' },
  { name: 'chief', level: 'L1' },
  { name: 'ana', level: 'L2', domain: 'ops' },
  { name: 'bot', level: 'L3' },
]);

const release = `workflow:
  id: release
  version: 1
  labels: {domain: ops}
  tasks:
    - {id: sign, type: HUMAN, wait_for_approval: true}
    - {id: check, type: HUMAN, wait_for_approval: true, approvers: {level: L1}}
    - {id: count, type: HUMAN, wait_for_approval: true, approvers: {names: [bot]}}
`;
const payment = `workflow:
  id: payment
  version: 1
  labels: {department: finance}
  tasks:
    - {id: sign, type: HUMAN, wait_for_approval: true}
`;

let world: ReturnType<typeof createWorld>;
let workflows: Workflows;
let run: string;

beforeEach(async () => {
  world = createWorld();
  const one = await world.join('one', { authority });
  workflows = one.workflows;
  await one.node.workOnAll();
  run = (await start('chief', release)).run;
});

function definitionOf(content: string) {
  const read = loadDefinition({ file: 'a.yaml', content });
  if (!read.ok) throw new Error('the definition of the test does not load');

  return read.loaded;
}

function start(actor: string, content: string, through: Workflows = workflows): Promise<Answer> {
  return through.start({ definition: definitionOf(content), file: 'a.yaml', input: {}, actor });
}

const approve = (actor: string, task: string) =>
  workflows.command(run, { kind: 'approve', task, by: actor }, actor);
const refusedAs = (code: string, message: unknown = expect.any(String)) =>
  expect.objectContaining({ ok: false, refusal: { code, message } });

/** As somebody would who speaks to the channel without our command line. */
function ask(as: string, request: { readonly [name: string]: Json }): Promise<Json> {
  const id = crypto.randomUUID();

  return world.commands.request(
    shardOf(String(request['run'])),
    { id, ...request },
    { as, timeoutMs: 5_000 },
  );
}

test('runs are started by L1, and by L2 of the domain of the definition', async () => {
  expect(await start('ana', release)).toMatchObject({ ok: true });
  expect(await start('chief', payment)).toMatchObject({ ok: true });
  expect(await start('ana', payment)).toEqual(
    refusedAs(
      'authority.domain',
      'ana is L2 of the domain ops; starting payment needs L2 of the domain finance, or L1',
    ),
  );
  expect(await start('bot', release)).toEqual(refusedAs('authority.level'));
  expect(await start('Anna', release)).toEqual(
    refusedAs(
      'authority.unknown',
      expect.stringMatching(/^"Anna" is none of the principals; there are (?!.*did you mean)/),
    ),
  );
});

test('a run that is refused leaves no trace', async () => {
  const answer = await start('bot', release);

  expect(await world.journal.last(answer.run)).toBeUndefined();
  expect((await workflows.list()).map((each) => each.run)).toEqual([run]);
});

test('a run is forked by whoever may start one of its definition', async () => {
  const fork = (actor: string) => workflows.fork({ run, at: 1, actor });

  expect(await fork('ana')).toMatchObject({ ok: true });
  expect(await fork('bot')).toEqual(refusedAs('authority.level'));
});

test('to whom an approval is handed over answers it whatever their level, and has to be somebody who is known', async () => {
  const delegate = (actor: string, task: string, to: string) =>
    workflows.command(run, { kind: 'delegateApproval', task, by: actor, to }, actor);

  expect(await delegate('ana', 'check', 'bot')).toEqual(refusedAs('authority.level'));
  expect(await delegate('chief', 'check', 'eve')).toEqual(
    refusedAs(
      'approval.bad-delegate',
      expect.stringMatching(/^check cannot be handed over: "eve" is none of/),
    ),
  );
  expect(await delegate('chief', 'check', 'bot')).toMatchObject({ ok: true });
  expect(await approve('chief', 'check')).toEqual(refusedAs('approval.not-allowed'));
  expect(await approve('ana', 'check')).toEqual(refusedAs('authority.level'));
  expect(await approve('bot', 'check')).toMatchObject({ ok: true });
});

test('who is unknown, or of too low a level, is refused in the journal of the run, also when it is over', async () => {
  await workflows.command(run, { kind: 'terminateRun' }, 'chief');
  const { state } = await workflows.view(run);
  expect(await approve('eve', 'sign')).toEqual(refusedAs('authority.unknown'));
  expect(await approve('commander', 'sign')).toEqual(refusedAs('run.closed'));
  expect(await approve('eve', 'nothing')).toEqual(refusedAs('run.closed'));

  const { refusedAnswers, refusedRequests: _requests, ...after } = (await workflows.view(run)).state;
  expect(refusedAnswers?.map(({ by, code }) => `${by} ${code}`)).toEqual([
    'eve authority.unknown',
    'commander run.closed',
  ]);
  expect(after).toEqual(state);
});

test('approvals are given by L0, by the level that the task asks for, and by those whom it names', async () => {
  expect(await approve('chief', 'sign')).toEqual(
    refusedAs('authority.level', 'chief is L1; approving sign needs L0'),
  );
  expect(await approve('ana', 'check')).toEqual(
    refusedAs('authority.level', 'ana is L2; approving check needs L1'),
  );
  expect(await approve('commander', 'count')).toEqual(
    refusedAs('approval.not-allowed', 'commander is none of the approvers of count: bot'),
  );
  const before = (await workflows.view(run)).sequence;
  expect(await approve('commander', 'sign')).toMatchObject({ ok: true });
  expect(await approve('chief', 'check')).toMatchObject({ ok: true });
  expect(await approve('bot', 'count')).toMatchObject({ ok: true });
  await settled();

  expect(before).toBe(4);
  expect((await workflows.view(run)).state.refusedAnswers).toMatchObject([
    { task: 'sign', by: 'chief', decision: 'approve', code: 'authority.level' },
    { task: 'check', by: 'ana', decision: 'approve', code: 'authority.level' },
    { task: 'count', by: 'commander', decision: 'approve', code: 'approval.not-allowed' },
  ]);
  expect((await workflows.view(run)).state.status).toBe('COMPLETED');
});

test('a slip in the name of a task is told to everybody', async () => {
  expect(await approve('bot', 'sgin')).toEqual(refusedAs('task.unknown'));
});

test.each<RunCommand>([
  { kind: 'pauseRun' },
  { kind: 'resumeRun' },
  { kind: 'terminateRun' },
  { kind: 'cancelRun' },
  { kind: 'retryRun' },
  { kind: 'rerun', from: 'sign' },
  { kind: 'skipTask', task: 'sign' },
  { kind: 'resolveTask', task: 'sign', output: null },
  { kind: 'dropDeadLetter' },
])('$kind needs L1', async (command) => {
  expect(await workflows.command(run, command, 'ana')).toEqual(
    refusedAs('authority.level', expect.stringMatching(/^ana is L2; .+ needs L1$/)),
  );
  const answer = await workflows.command(run, command, 'chief');
  expect(answer.ok ? '' : answer.refusal.code).not.toMatch(/^authority/);
});

test('giving a task to an agent needs L1, and nobody does it in the name of somebody else', async () => {
  const given = (by: string) => ({ kind: 'assignTask', task: 'sign', to: 'OX', by }) as const;

  expect(await workflows.command(run, given('ana'), 'ana')).toEqual(
    refusedAs('authority.level', 'ana is L2; giving a task to an agent needs L1'),
  );
  expect(await workflows.command(run, given('chief'), 'ana')).toEqual(refusedAs('authority.not-you'));
  expect(await workflows.command(run, given('chief'), 'chief')).toEqual(refusedAs('task.not-assigned'));
});

test('signals are sent by L2', async () => {
  const signal = { kind: 'signal', name: 'go', data: null } as const;

  expect(await workflows.command(run, signal, 'ana')).toMatchObject({ ok: true });
  expect(await workflows.command(run, signal, 'bot')).toEqual(refusedAs('authority.level'));
});

test('a new definition is registered by L1; what is registered already, all may use', async () => {
  const asking = world.asking({ authority, newRunId: () => 'run-x' });

  expect(await start('ana', payment.replace('finance', 'ops'), asking)).toEqual(
    refusedAs('authority.level', 'ana is L2; registering the definition payment needs L1'),
  );
  expect(await workflows.definition('payment')).toBeUndefined();
  expect(await start('ana', release, asking)).toMatchObject({ ok: true });
});

describe('nobody speaks for somebody else:', () => {
  test('not as the one who asks', async () => {
    const command = { kind: 'pauseRun' };

    expect(await ask('ana', { kind: 'command', run, command, actor: 'chief' })).toEqual(
      refusedAs('authority.not-you', 'this was asked by "ana": chief has to do that'),
    );
    expect(await ask('chief', { kind: 'command', run, command, actor: 'chief' })).toMatchObject({ ok: true });
  });
  test('not as the one who approves', async () => {
    const command = { kind: 'approve', task: 'count', by: 'bot' };

    expect(await ask('chief', { kind: 'command', run, command, actor: 'chief' })).toEqual(
      refusedAs('authority.not-you'),
    );
  });
  test('not as an engine that starts a run for another run', async () => {
    const { hash } = definitionOf(release).ref;
    const child = { kind: 'start', run: 'child', hash, input: {}, parent: { run, task: 'a', attempt: 1 } };

    for (const [as, actor] of [
      ['bot', 'engine'],
      ['bot', 'bot'],
      ['anyone', 'anyone'],
      ['anyone', 'engine'],
    ] as const) {
      expect(await ask(as, { ...child, actor })).toEqual(refusedAs('authority.not-you'));
    }
    // Engines are trusted: what they start for a run was allowed when that was started.
    expect(await ask('engine', { ...child, actor: 'engine' })).toMatchObject({ ok: true });
  });
  test('not as an engine that starts a run for a trigger', async () => {
    const { hash } = definitionOf(release).ref;
    const id = triggeredRun('release', 'nightly', '2026-01-01T00:00:00Z');
    const begun = { kind: 'start', hash, input: {} };
    const foreign = [
      { ...begun, run: id },
      { ...begun, run: 'mine', hops: 1 },
      { kind: 'fork', run: id, from: run, at: 1 },
    ];

    for (const each of foreign) {
      expect(await ask('commander', { ...each, actor: 'commander' })).toEqual(refusedAs('authority.not-you'));
    }
    expect(await ask('engine', { ...begun, run: id, actor: 'commander' })).toMatchObject({ ok: true });
  });
  test('not by a name that only engines and workers have', async () => {
    for (const name of ['engine', 'anyone', 'worker:GUARDIAN', '', 'x'.repeat(201)]) {
      expect(await workflows.command(run, { kind: 'pauseRun' }, name)).toEqual(refusedAs('authority.name'));
    }
  });
  test('and anyone may have a run worked on', async () => {
    expect(await ask('anyone', { kind: 'adopt', run })).toMatchObject({ ok: true });
  });
});

test('without principals everybody may do everything, but still only in their own name', async () => {
  const open = createWorld();
  ({ workflows } = await open.join('one'));
  world = open;
  run = (await start('whoever', release)).run;

  expect(await approve('someone', 'sign')).toMatchObject({ ok: true });
  expect(await ask('ana', { kind: 'command', run, command: { kind: 'pauseRun' }, actor: 'chief' })).toEqual(
    refusedAs('authority.not-you'),
  );
});
