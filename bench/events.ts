import { triggeredRun } from '../machines/triggers/triggered-run.ts';
import { thisHolder } from '../src/compose/holder.ts';
import { createNode, type NodeDeps } from '../src/engine/cluster/node.ts';
import { createCharts } from '../src/engine/run-reader/charts.ts';
import { createRunReader } from '../src/engine/run-reader/run-reader.ts';
import { createTriggersNode } from '../src/engine/triggers/triggers-node.ts';
import { connectJetStream, type JetStreamHandle } from '../src/stores/jetstream/connect.ts';
import { onEvent } from './definitions.ts';
import { engineParts } from './drive-engine.ts';
import { rawPublish } from './raw-publish.ts';
import { median, quantile } from './statistics.ts';

/** How long an event that comes in takes until the first task of its run is scheduled, in the journal. */
export type EventsCost = {
  readonly events: number;
  /** One publish at a time on the same server, in the same minute. */
  readonly roundTripMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

const type = 'bench.event';
const definition = onEvent(type);
const events = 500;
const warmUps = 100;

/** One event at a time, published over a connection of its own, to an engine that looks after triggers. */
export async function measureEvents(url: string): Promise<EventsCost> {
  const namespace = `bench-events-${process.pid}`;
  const [engine, outside] = await Promise.all([
    connectJetStream({ url, namespace }),
    connectJetStream({ url, namespace }),
  ]);
  const begun = new Map<string, () => void>();
  const close = await createMeasured(engine, (run) => begun.get(run)?.());
  try {
    const times: number[] = [];
    for (let index = 0; index < warmUps + events; index += 1) {
      const run = triggeredRun(definition.ref.id, type, `k${index}`);
      const isBegun = new Promise<void>((resolve) => begun.set(run, resolve));
      const began = performance.now();
      await outside.events.publish(eventOf(index));
      await isBegun;
      if (index >= warmUps) times.push(performance.now() - began);
    }
    const { roundTripMs } = await rawPublish(url, 2_000);

    return { events, roundTripMs, p50Ms: median(times), p99Ms: quantile(times, 0.99) };
  } finally {
    await close();
    await Promise.all([engine.close(), outside.close()]);
  }
}

/** An engine that serves, with a definition that waits for the event. Resolves with what ends it. */
async function createMeasured(
  stream: JetStreamHandle,
  onBegun: (run: string) => void,
): Promise<() => Promise<void>> {
  const { ref, text } = definition;
  await stream.definitions.register({ ref, text, file: 'bench' });
  const deps: NodeDeps = {
    ...engineParts(stream, ({ state }) => onBegun(state.run)),
    leases: stream.leases,
    commands: stream.commands,
    holder: thisHolder(),
    isDead: () => false,
  };
  const node = await createNode(deps);
  await node.workOnAll();
  const { inbox, outcomes, triggerMarks: marks, events: publisher } = stream;
  const onTrouble = (error: unknown) => process.stderr.write(`${error}\n`);
  const reader = createRunReader({ ...deps, charts: createCharts(stream.definitions) });
  const triggers = createTriggersNode({
    ...deps,
    inbox,
    outcomes,
    marks,
    events: publisher,
    reader,
    onTrouble,
  });
  triggers.start();

  return async () => {
    await triggers.stop();
    await node.stop();
  };
}

function eventOf(index: number) {
  const time = new Date().toISOString();

  return {
    specversion: '1.0' as const,
    id: `e${index}`,
    source: '/bench',
    type,
    time,
    data: { key: `k${index}` },
  };
}
