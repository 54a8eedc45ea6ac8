// `workflow dev` and engines that serve keep out of each other's way. Method: leases in a real server, as engines hold
// them, and what each is told as it comes up.
import { expect, onTestFinished, test } from 'vitest';
import {
  engineBeside,
  refuseBesideDev,
  refuseBesideEngines,
} from '../../../src/compose/dev/engines-beside.ts';
import { thisHolder } from '../../../src/compose/holder.ts';
import type { Holder } from '../../../src/ports/runs/leases.ts';
import { connectJetStream } from '../../../src/stores/jetstream/connect.ts';
import { startTestServer } from '../../support/nats.ts';

async function opened() {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const stream = await connectJetStream({ url: server.url, namespace: 'shop' });
  onTestFinished(() => stream.close());
  const holder = thisHolder();
  const place = { stream: { ...stream, namespace: 'shop' }, server: { url: server.url }, engine: { holder } };

  return { place, holder, leases: stream.leases };
}

const serving: Holder = { node: 'alpha-7-ab', host: 'elsewhere', pid: 7, release: '0.1.0' };
const editing: Holder = { ...serving, node: 'beta-8-cd', pid: 8, goesByDrafts: true };

test('dev is refused beside an engine that serves, which is named, with what to do', async () => {
  const { place, leases } = await opened();
  await refuseBesideEngines(place);
  await leases.claim('engine.alpha', serving);

  await expect(refuseBesideEngines(place)).rejects.toMatchObject({
    code: 'dev.beside-engine',
    message: expect.stringMatching(
      /^an engine works in namespace "shop" .*\(alpha-7-ab \(0\.1\.0\), process 7\).*end it first, or .*WORKFLOW_NAMESPACE=/,
    ),
  });
  await expect(refuseBesideDev(place)).resolves.toBeUndefined();
});

test('an engine that would serve is refused beside dev, and a second dev, too', async () => {
  const { place, leases } = await opened();
  await leases.claim('engine.beta', editing);

  await expect(refuseBesideDev(place)).rejects.toMatchObject({
    code: 'engine.beside-dev',
    message: expect.stringMatching(/\(beta-8-cd \(0\.1\.0\), process 8\).*end it with Ctrl-C/),
  });
  await expect(refuseBesideEngines(place)).rejects.toMatchObject({
    message: expect.stringContaining('another workflow dev'),
  });
});

test('nobody is in the way who serves nothing: dev itself, a session of start, an engine that was killed', async () => {
  const { place, holder, leases } = await opened();
  await leases.claim('engine.own', { ...holder, goesByDrafts: true });
  await leases.claim('shard.3', serving);
  await leases.claim('engine.killed', { ...holder, node: 'killed', pid: 2 ** 22 + 1 });

  await expect(refuseBesideEngines(place)).resolves.toBeUndefined();
  await expect(refuseBesideDev(place)).resolves.toBeUndefined();
});

test('dev ends when another engine comes after all, such as one of an earlier release', async () => {
  const { place, leases } = await opened();
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const beside = engineBeside(place, over.signal);
  await leases.claim('shard.3', serving);
  await leases.claim('engine.alpha', serving);

  expect(await beside).toMatchObject({ code: 'dev.beside-engine' });
});
