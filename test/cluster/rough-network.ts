import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Place } from '../stores/jetstream/open-ports.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { type RoughProxy, startRoughProxy } from '../support/rough-proxy.ts';

/** A server behind a network that loses answers and delivers requests late, for the tests that `suites` declares. */
export function onRoughNetwork(suites: (place: () => Place) => void): void {
  let server: TestServer;
  let proxy: RoughProxy;
  // Each answer that is lost is waited for.
  vi.setConfig({ testTimeout: 60_000 });
  beforeAll(async () => {
    server = await startTestServer();
    proxy = await startRoughProxy(server.url);
  });
  afterAll(async () => {
    await proxy.close();
    await server.stop();
  });

  suites(() => ({ url: server.url, through: proxy.url, onOpen: proxy.misbehave }));

  test('enough was lost and late in the tests before this one for them to mean something', () => {
    const { swallowed, held } = proxy.done();

    expect(swallowed).toBeGreaterThanOrEqual(5);
    expect(held).toBeGreaterThanOrEqual(20);
  });
}
