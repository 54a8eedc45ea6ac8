// Several engines serve, and one of them looks after events and the journal. Method: two nodes on the memory adapters
// and a clock that only the test moves; each event is dealt with by whoever looks after them then.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { createCharts } from '../../../src/engine/run-reader/charts.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { createTriggersNode } from '../../../src/engine/triggers/triggers-node.ts';
import { createMemoryEventInbox } from '../../../src/stores/memory/event-inbox.ts';
import { createMemoryEventOutcomes } from '../../../src/stores/memory/event-outcomes.ts';
import { createMemoryEventPublisher } from '../../../src/stores/memory/event-publisher.ts';
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { createWorld } from '../node-world.ts';

const content = `workflow:
  id: pay
  version: 1
  triggers: [{on: order.paid, dedupe_key: "\${event.data.order}"}]
  tasks: [{id: book, uses: noop}]
`;

async function open() {
  const world = createWorld();
  const { node, workflows } = await world.join('engine');
  await node.workOnAll();
  const read = loadDefinition({ file: 'pay.yaml', content });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  await world.definitions.register({ ref: read.loaded.ref, text: content, file: 'pay.yaml' });
  const inbox = createMemoryEventInbox();
  const outcomes = createMemoryEventOutcomes();
  const events = createMemoryEventPublisher();
  const marks = createMemoryMarkStore();
  const said: string[] = [];
  const join = (name: string) => {
    const joined = createTriggersNode({
      ...world,
      inbox,
      outcomes,
      events,
      marks,
      reader: createRunReader({ ...world, charts: createCharts(world.definitions) }),
      holder: { node: name, host: 'here', pid: 1 },
      isDead: () => false,
      onHolding: (isHolding) => said.push(`${name} ${isHolding ? 'holds' : 'lets go'}`),
      onTrouble: (error) => said.push(String(error)),
    });
    joined.start();

    return joined;
  };
  const emit = (id: string) => {
    const event = { specversion: '1.0', id, source: '/shop', type: 'order.paid', data: { order: id } };
    return inbox.put({ type: 'order.paid', body: JSON.stringify(event) });
  };
  const dealtWith = (position: number) =>
    expect
      .poll(async () => (await outcomes.of(position))?.effects[0]?.kind, { timeout: 10_000 })
      .toBe('started');

  return { workflows, events, said, join, emit, dealtWith };
}

test('one of two engines deals with events, and the other goes on as soon as it stops', async () => {
  const { workflows, said, join, emit, dealtWith, events } = await open();
  const one = join('one');
  await expect.poll(() => said).toEqual(['one holds']);
  const two = join('two');
  await dealtWith(emit('o1'));
  const told = () => events.published.map(({ type }) => type);
  await expect.poll(told).toContain('workflow.run.started');
  await one.stop();
  await dealtWith(emit('o2'));
  await two.stop();

  expect(said).toEqual(['one holds', 'one lets go', 'two holds', 'two lets go']);
  expect((await workflows.list()).map(({ head }) => head.trigger)).toEqual(['order.paid', 'order.paid']);
});
