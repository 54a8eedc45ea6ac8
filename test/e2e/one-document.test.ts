// One document for each noun: what `--json` prints is what HTTP answers. Method: the built program and its engine on a
// real server; both documents are read by the one schema, and have to be equal but for when they were read.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { z } from 'zod';
import { AgentPage } from '../../src/api/agent-work.ts';
import { DefinitionList, DefinitionPage } from '../../src/api/definitions.ts';
import { NeedLine } from '../../src/api/home.ts';
import { AgentList, ApprovalList, ApprovalPage, EventList, EventOutcomeRow } from '../../src/api/people.ts';
import { RunList, RunPage } from '../../src/api/run.ts';
import { EventDetail, EventDocument, EventPage } from '../../src/api/run-parts.ts';
import { TriggerList } from '../../src/api/triggers.ts';
import { type HttpStation, openHttpStation } from './http-station.ts';
import { builtCli, runProgram } from './station.ts';

const signed = `workflow:
  id: signed
  version: 1
  name: Signed orders
  input: { properties: { who: { type: string } }, required: [who] }
  tasks:
    - { id: note, type: TRANSFORM, output: { text: "\${workflow.input.who}" } }
    - { id: sign, type: HUMAN, wait_for_approval: true, depends_on: note }
`;
const nightly = `workflow:
  id: nightly
  version: 1
  triggers: [{ cron: '0 0 1 1 *', id: yearly }, { on: order.paid }]
  tasks: [{ id: done, type: NOOP }]
`;
const agents = 'agents: { PAPER: { level: L1, transport: { files: { inbox: 1N.3OX, outbox: 0UT.3OX } } } }\n';
const stopped = `workflow:
  id: stopped
  version: 1
  tasks:
    - { id: stop, type: TERMINATE, status: FAILED, reason: no paint }
`;

let station: HttpStation;
let waiting: string;

beforeAll(async () => {
  station = await openHttpStation({
    'definitions/signed.yaml': signed,
    'definitions/stopped.yaml': stopped,
    'definitions/nightly.yaml': nightly,
    'agents.yaml': agents,
  });
  waiting = (await cli('start', 'signed', '--who', 'ana', '--detach'))['run'] as string;
  await cli('start', 'stopped', '--detach');
  const counts = { NEEDS_APPROVAL: 1, FAILED: 1 };
  await vi.waitFor(async () => expect((await overHttp('runs'))['counts']).toEqual(counts), 20_000);
}, 60_000);
afterAll(() => station.close());

type Document = Readonly<Record<string, unknown>>;

/** The document of a command, without what says that it is one. */
async function cli(...args: readonly string[]): Promise<Document> {
  const options = { cwd: station.project, env: { NATS_URL: station.natsUrl, USER: 'ana' } };
  const { code, stdout, stderr } = await runProgram(builtCli, [...args, '--json'], options);
  expect(code, stderr).toBe(0);
  const { apiVersion: _version, kind: _kind, ...document } = JSON.parse(stdout) as Document;

  return document;
}

async function overHttp(path: string): Promise<Document> {
  const { status, text, json } = await station.ask('GET', path);
  expect(status, text).toBe(200);

  return json() as Document;
}

/** Reads a document that may have no members but those of its schema. */
function read<Schema extends z.ZodObject>(schema: Schema, document: unknown): z.output<Schema> {
  return schema.strict().parse(document) as z.output<Schema>;
}

/** Without how long tasks have taken by now. */
function timeless(page: RunPage): RunPage {
  return { ...page, tasks: page.tasks.map(({ elapsedMs: _now, ...task }) => task) };
}

const runOf = (document: Document) => timeless(read(RunPage, document));

test('a run is the same document by show, by status and over HTTP, as it is', async () => {
  const told = runOf(await overHttp(`runs/${waiting}`));

  expect(told).toMatchObject({
    definition: { id: 'signed', name: 'Signed orders' },
    tasks: [{ id: 'note', output: { text: 'ana' }, completed: true, line: 7 }, { id: 'sign' }],
    taskCount: 2,
    settled: 1,
    trigger: 'manual',
    shown: 'NEEDS_APPROVAL',
  });
  expect(runOf(await cli('show', waiting))).toEqual(told);
  expect(runOf(await cli('status', waiting))).toEqual(told);
}, 60_000);

test('a run as it was is the same document, but for what could have happened next', async () => {
  const { next, ...shown } = await cli('show', waiting, '--at', '1');

  expect(next).toHaveProperty('commands');
  expect(runOf(shown)).toEqual(runOf(await overHttp(`runs/${waiting}?at=1`)));
  expect(shown).toMatchObject({ isPast: true, sequence: 1 });
}, 60_000);

test('the list of runs is the same document, and its lines are what status tells of those that need someone', async () => {
  const listed = read(RunList, await cli('list'));

  expect(listed.items).toHaveLength(2);
  expect(listed).toEqual(read(RunList, await overHttp('runs')));
  const failed = await cli('list', '--status', 'failed');
  expect(read(RunList, failed)).toEqual(read(RunList, await overHttp('runs?status=FAILED')));
  const { needSomeone, counts } = await cli('status');
  expect(counts).toEqual(listed.counts);
  expect((needSomeone as unknown[]).map((line) => read(NeedLine, line))).toEqual(
    listed.items.filter(({ run }) => run === waiting).map((line) => ({ ...line, alike: 1 })),
  );
}, 60_000);

test('an event is the same document in a history, over HTTP and in an export', async () => {
  const { events } = await cli('history', waiting);
  const history = (events as unknown[]).map((event) => read(EventDocument, event));
  const page = read(EventPage, await overHttp(`runs/${waiting}/events`));
  const { text } = await station.ask('GET', `runs/${waiting}/export`);

  expect(history[0]).toMatchObject({ sequence: 1, type: 'run.started', previousHash: '', actor: 'ana' });
  expect(history).toMatchObject(page.events);
  const exported = text.trimEnd().split('\n');
  expect(exported.map((line) => read(EventDocument, JSON.parse(line)))).toEqual(history);
  for (const event of history) {
    const { record, ...told } = read(EventDetail, await overHttp(`runs/${waiting}/events/${event.sequence}`));
    expect(told).toEqual(event);
    expect(record).toMatchObject({ hash: event.hash });
  }
}, 60_000);

test('an approval is the same document in a list, by show and over HTTP', async () => {
  const listed = read(ApprovalList, await cli('approvals', 'list'));

  expect(listed).toMatchObject({
    total: 1,
    items: [{ run: waiting, task: 'sign', evidence: { note: { text: 'ana' } } }],
  });
  expect(listed).toEqual(read(ApprovalList, await overHttp('approvals')));
  const [shown] = listed.items;
  expect(read(ApprovalPage, await cli('approvals', 'show', waiting))).toEqual(shown);
  expect(read(ApprovalPage, await overHttp(`approvals/${waiting}/sign`))).toEqual(shown);
}, 60_000);

test('an agent is the same document in a list, by show and over HTTP', async () => {
  const listed = read(AgentList, await cli('agents', 'list'));

  expect(listed).toMatchObject({ items: [{ name: 'PAPER', transport: 'files', inbox: '1N.3OX' }] });
  expect(listed).toEqual(read(AgentList, await overHttp('agents')));
  const shown = read(AgentPage, await cli('agents', 'show', 'PAPER'));
  expect(shown).toEqual(read(AgentPage, await overHttp('agents/PAPER')));
  expect(shown.agent).toEqual(listed.items[0]);
}, 60_000);

test('a trigger and a schedule are the same document on the command line and over HTTP', async () => {
  const listed = read(TriggerList, await cli('triggers', 'list'));

  expect(listed).toMatchObject({
    items: [
      { trigger: 'yearly', type: 'cron', rule: { cron: '0 0 1 1 *', timezone: 'UTC' } },
      { trigger: 'order.paid', type: 'event', on: 'order.paid' },
    ],
  });
  expect(listed).toEqual(read(TriggerList, await overHttp('triggers')));
  const schedules = listed.items.filter(({ type }) => type === 'cron');
  expect(read(TriggerList, await cli('schedules', 'list'))).toEqual({
    items: schedules,
    total: schedules.length,
  });
  expect(await cli('schedules', 'show', 'yearly')).toEqual(await overHttp('triggers/nightly/yearly'));
}, 60_000);

test('an event that came in is the same document in a list, by show and over HTTP', async () => {
  await cli('emit', 'order.paid', '--data', '{"total": 5}', '--wait');
  const listed = read(EventList, await cli('events', 'list'));

  expect(listed).toMatchObject({
    items: [{ type: 'order.paid', status: 'taken', event: { data: { total: 5 } } }],
  });
  expect(listed).toEqual(read(EventList, await overHttp('events')));
  const [event] = listed.items;
  expect(read(EventOutcomeRow, await cli('events', 'show', String(event?.position)))).toEqual(event);
  expect(read(EventOutcomeRow, await overHttp(`events/${event?.position}`))).toEqual(event);
}, 60_000);

test('definitions are the same documents on the command line and over HTTP', async () => {
  const listed = read(DefinitionList, await cli('definitions', 'list'));

  expect(listed.items.map(({ id }) => id)).toEqual(['nightly', 'signed', 'stopped']);
  expect(listed).toEqual(read(DefinitionList, await overHttp('definitions')));
  const shown = read(DefinitionPage, await cli('definitions', 'show', 'signed'));
  expect(shown).toMatchObject({ version: 1, text: signed, history: [{ version: 1 }] });
  expect(shown).toEqual(read(DefinitionPage, await overHttp('definitions/signed')));
}, 60_000);
