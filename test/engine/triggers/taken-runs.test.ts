// The id of a run that a trigger starts can be known before: what stands there for another reason is told, and is not
// taken for the run of the trigger. Method: an engine on the memory adapters, and a run that began under such an id.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { shardOf } from '../../../machines/shard.ts';
import { triggeredRun } from '../../../machines/triggers/triggered-run.ts';
import { opened, paid } from './dispatch-world.ts';

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
