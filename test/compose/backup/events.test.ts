// Events lead to the same on the other server as on the first one. Method: events are published between the copy of one
// stream and the next, and what they lead to afterwards is compared.
import { expect, test } from 'vitest';
import { definitionOf, openSite, type Site } from './site.ts';

type Engine = Awaited<ReturnType<Site['engine']>>;

const of = (id: string, rule = '') => `workflow:
  id: ${id}
  version: 1
  input: {optional: [notes]}
  triggers: [{id: told, on: ${id}.taken${rule}}]
  tasks: [{id: look, type: SET_VARIABLE, variables: {seen: true}}]
`;
const batched =
  ', batch: {size: 3, within: 1h}, input: {notes: "${event.data.events.map(each, each.data.note)}"}';

async function register({ stream }: Engine, content: string): Promise<void> {
  const { ref, text } = definitionOf(content);
  await stream.definitions.register({ ref, text, file: 'given.yaml' });
}

async function publish({ stream }: Engine, type: string, note: string): Promise<void> {
  const event = { specversion: '1.0', id: note, source: '/test', type, data: { note } } as const;
  await stream.events.publish({ ...event, time: new Date().toISOString() });
}

const statusesOf = async ({ stream }: Engine) =>
  (await stream.outcomes.list({ limit: 100 })).map(({ outcome }) => outcome.effects[0]?.kind);

async function inputsOf({ stream, workflows }: Engine): Promise<readonly unknown[]> {
  const runs: string[] = [];
  for await (const { run } of stream.journal.lastOfEach()) runs.push(run);
  const views = await Promise.all(runs.map((run) => workflows.view(run)));

  return views
    .map(({ state }) => state.input)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

test('events that waited, and led to a run while the backup was taken, lead to no second one', async () => {
  const old = await openSite('held');
  const engine = await old.engine();
  await register(engine, of('note', batched));
  for (const note of ['a', 'b']) await publish(engine, 'note.taken', note);
  await expect.poll(() => statusesOf(engine)).toEqual(['held', 'held']);
  let copies = 0;
  const between = async (): Promise<void> => {
    copies += 1;
    if (copies !== 2) return;
    await publish(engine, 'note.taken', 'c');
    await expect.poll(() => statusesOf(engine)).toEqual(['started', 'started', 'started']);
  };
  // One of them is copied, the other is not yet.
  const copied = await old.backup({ _TRIGGERS: between, _OUTCOMES: between });
  const fresh = await openSite('held');
  await fresh.restore(copied);

  const other = await fresh.engine();
  for (const note of ['d', 'e', 'f']) await publish(other, 'note.taken', note);

  await expect
    .poll(() => inputsOf(other), { timeout: 30_000 })
    .toEqual([{ notes: ['a', 'b', 'c'] }, { notes: ['d', 'e', 'f'] }]);
}, 60_000);

test('an event that was dealt with before the backup is not judged anew', async () => {
  const old = await openSite('judged');
  const engine = await old.engine();
  await publish(engine, 'late.taken', 'before');
  const raw = await old.raw();
  const consumer = 'CONSUMER.INFO.WF_JUDGED_EVENTS.triggers';
  await expect.poll(() => raw.api(consumer)).toMatchObject({ ack_floor: { stream_seq: 1 } });
  const copied = await old.backup();
  const fresh = await openSite('judged');
  await fresh.restore(copied);
  const stream = await fresh.connect();
  const { ref, text } = definitionOf(of('late', ', input: {notes: "${event.data.note}"}'));
  await stream.definitions.register({ ref, text, file: 'given.yaml' });

  const other = await fresh.engine();
  await publish(other, 'late.taken', 'after');

  await expect.poll(() => inputsOf(other)).toContainEqual({ notes: 'after' });
  expect(await inputsOf(other)).toEqual([{ notes: 'after' }]);
}, 60_000);
