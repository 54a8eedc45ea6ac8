// What attempts print reaches whoever listens to their run, and nobody stores it. Method: two connections to one real
// server, as an engine and a command line have.
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { PrintedLines } from '../../../src/ports/work/live-output.ts';
import { startTestServer, type TestServer } from '../../support/nats.ts';
import { openLiveOutputs } from './open-ports.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const printed: PrintedLines = {
  ...{ task: 'talk', attempt: 1, stream: 'stderr', time: '2026-01-01T00:00:00.000Z' },
  ...{ first: 3, lines: ['one ▛▞', ''], count: 5 },
};

test('lines of a run are heard by who listens to it, until they do no more; what is no such message is passed over', async () => {
  const { mine, theirs, namespace, close } = await openLiveOutputs({ url: server.url });
  onTestFinished(close);
  const raw = await connect({ servers: server.url });
  onTestFinished(() => raw.close());
  const stop = new AbortController();
  const heard: PrintedLines[] = [];
  const listening = (async () => {
    for await (const each of theirs.printing('run-1', stop.signal)) heard.push(each);
  })();
  // Whoever has just begun to listen may be a moment too late for the first.
  await expect
    .poll(() => {
      mine.tell('run-2', { ...printed, task: 'of another run' });
      raw.publish(`wf.${namespace}.live.run-1`, '{"task": 1}');
      mine.tell('run-1', printed);
      return heard.length;
    })
    .toBeGreaterThan(0);
  stop.abort();
  await listening;

  expect(new Set(heard.map((each) => JSON.stringify(each)))).toEqual(new Set([JSON.stringify(heard[0])]));
  expect(heard[0]).toEqual(printed);
});
