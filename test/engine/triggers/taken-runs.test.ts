// The id of a run that a trigger starts can be known before: what stands there for another reason is told, and is not
// taken for the run of the trigger. Method: an engine on the memory adapters, and a run that began under such an id.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { shardOf } from '../../../machines/shard.ts';
import { triggeredRun } from '../../../machines/triggers/triggered-run.ts';
import { RunArchived } from '../../../src/ports/runs/archive.ts';
import { givenRun } from '../../support/archived-runs.ts';
import { effect, openDispatchWorld, opened, paid, settle } from './dispatch-world.ts';

const textOf = (id: string) => `workflow:
  id: ${id}
  version: 1
  input: {optional: [order]}
  triggers: [{on: ${id}.wanted, dedupe_key: "\${event.data.order}"}]
  tasks: [{id: book, uses: noop}]
`;

test.each(['other', 'pay'])(
  'a run of %s that nobody triggered is not taken for the run of an event',
  async (id) => {
    const world = await opened([textOf('pay'), textOf('other')]);
    const run = triggeredRun('pay', 'pay.wanted', 'o1');
    const hash = (await world.workflows.definition(id))?.ref.hash ?? '';
    const request: Json = { kind: 'start', id: 'request', run, hash, input: {}, actor: 'eve' };
    expect(
      await world.commands.request(shardOf(run), request, { as: 'engine', timeoutMs: 5_000 }),
    ).toMatchObject({
      ok: true,
    });
    const [position = 0, free = 0] = await world.emitted(
      { type: 'pay.wanted', ...paid('o1') },
      { type: 'pay.wanted', ...paid('o2') },
    );

    expect(world.outcomes.get(position)).toMatchObject({
      status: 'refused',
      effects: [{ kind: 'refused', code: 'trigger.run-taken', message: expect.stringContaining(run) }],
    });
    expect(world.outcomes.get(free)?.status).toBe('taken');
  },
);

const secretText = `workflow:
  id: pay
  version: 1
  input: {properties: {token: {type: string, secret: true}}}
  triggers:
    - {on: pay.wanted, dedupe_key: "\${event.data.order}", input: {token: "\${event.data.token}"}}
  tasks: [{id: book, uses: noop}]
`;

test.each([
  ['whole', 'pay', 'pay.wanted', 'already'],
  ['head', 'pay', 'pay.wanted', 'already'],
  ['nothing', 'pay', undefined, 'already'],
  ['head', 'pay', undefined, 'refused'],
  ['head', 'other', 'pay.wanted', 'refused'],
] as const)(
  'an event whose run left the journal (%s of it kept, of %s, by %s) is %s, and starts and keeps nothing',
  async (kept, id, trigger, kind) => {
    const world = await openDispatchWorld([secretText]);
    const run = triggeredRun('pay', 'pay.wanted', 'o1');
    const definition = { id, version: 1, hash: 'h' };
    const gone = givenRun(run, { kept, head: { definition, ...(trigger === undefined ? {} : { trigger }) } });
    const first = async () => {
      if (kept !== 'whole') throw new RunArchived(gone);
      return undefined;
    };
    const archived = async (asked: string) => (asked === run ? gone : undefined);
    world.dispatch(undefined, { reader: { last: world.journal.last, first, archived } });
    const position = world.emit({ type: 'pay.wanted', data: { order: 'o1', token: 'hush' } });
    await settle();

    expect(effect(world, position)).toMatchObject({ kind, ...(kind === 'already' ? { run } : {}) });
    expect(await world.journal.last(run)).toBeUndefined();
    expect(await world.runSecrets.of(run)).toEqual({});
  },
);
