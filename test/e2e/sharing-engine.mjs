// The built command line with leases that end soon, and blind to processes: as if the other engines were on another host.

import { createNodeIo } from '../../dist/src/cli/node-io.js';
import { runCli } from '../../dist/src/cli/program/program.js';
import { createApp } from '../../dist/src/compose/app.js';
import { systemClock } from '../../dist/src/compose/system-clock.js';
import { connectJetStream } from '../../dist/src/stores/jetstream/connect.js';

const stream = await connectJetStream({
  url: process.env.NATS_URL,
  namespace: process.env.WORKFLOW_NAMESPACE,
  leaseTtlMs: Number(process.env.LEASE_TTL_MS),
});
const app = createApp((deps) => ({ ...deps, leases: stream.leases, isDead: () => false }));
const exit = await runCli(process.argv.slice(2), app, createNodeIo(systemClock));
await stream.close();
process.exit(exit);
