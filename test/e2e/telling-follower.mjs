// The built follower as a process of its own: tells other programs of the journal of a server until it is killed.

import { systemClock } from '../../dist/src/compose/system-clock.js';
import { createCharts } from '../../dist/src/engine/run-reader/charts.js';
import { createRunReader } from '../../dist/src/engine/run-reader/run-reader.js';
import { createFollowing } from '../../dist/src/engine/triggers/triggers-node.js';
import { connectJetStream } from '../../dist/src/stores/jetstream/connect.js';

const server = await connectJetStream({ url: process.env.NATS_URL, name: 'follower' });
const following = createFollowing({
  journal: server.journal,
  reader: createRunReader({
    journal: server.journal,
    charts: createCharts(server.definitions),
    snapshots: server.snapshots,
  }),
  // Only those who listen want it.
  known: { settled: () => Promise.resolve(), ofEvent: () => [] },
  marks: server.triggerMarks,
  events: server.events,
  clock: systemClock,
  onTrouble: (error) => process.stderr.write(`${error}\n`),
});
process.stderr.write('ready\n');
await following.run(new AbortController().signal);
