// Hears what 3OX Workflow tells other programs, and goes on where it stopped. docs/outbound-events.md says what comes.
//
//   npm install @nats-io/transport-node @nats-io/jetstream
//   NATS_URL="$(workflow token --nats)" node consumer.mjs billing
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const [name = 'billing'] = process.argv.slice(2);
const namespace = process.env.WORKFLOW_NAMESPACE ?? 'default';
const stream = `WF_${namespace.toUpperCase()}_EVENTS`;
const urls = (process.env.NATS_URL ?? 'nats://127.0.0.1:4222').split(',').map((url) => new URL(url));
const servers = urls.map(({ host }) => host);
const [{ username: user, password: pass }] = urls;
const connection = await connect({ servers, user, pass, maxReconnectAttempts: -1 });

// The server keeps what this consumer has not acknowledged. One at a time keeps the events of a run in order.
const manager = await jetstreamManager(connection);
await manager.consumers.add(stream, {
  durable_name: name,
  filter_subjects: [`wf.${namespace}.event.workflow.run.>`, `wf.${namespace}.event.approval.>`],
  ack_policy: AckPolicy.Explicit,
  ack_wait: 10_000_000_000,
  max_ack_pending: 1,
});
const consumer = await jetstream(connection).consumers.get(stream, name);
console.error(`${name} listens on ${stream}`);

// An event may come twice, with the same id. A program that must not do its work twice keeps the ids with its results.
const done = new Set();
for await (const message of await consumer.consume()) {
  const event = message.json();
  if (!done.has(event.id)) handle(event);
  done.add(event.id);
  message.ack();
}

function handle({ type, subject, time, data, id }) {
  console.log(`${time} ${type} ${subject} ${data.status} ${id}`);
}
