// A network that breaks, loses every byte without a word, or is as good as dead, between an engine and its server.
// Method: the built program and a real server, with a proxy in between that works on bytes.
import { expect, onTestFinished, test } from 'vitest';
import { startTestServer } from '../support/nats.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { openFaultStation, recovers, refusalMsMax } from './fault-station.ts';

test(
  'connections that are cut, half open, or pass a byte a second: named, bounded, and over by themselves',
  async () => {
    const server = await startTestServer();
    onTestFinished(server.stop);
    const proxy = await startTcpProxy(server.url);
    onTestFinished(proxy.close);
    const station = await openFaultStation({ env: { NATS_URL: proxy.url } });
    const engine = await station.serve();
    await recovers(engine);
    const acknowledged = [await engine.start()];

    proxy.cut();
    acknowledged.push(await engine.start());
    await recovers(engine);
    for (const spoil of [proxy.vanish, proxy.trickle]) {
      const mend = spoil();
      await expect.poll(() => engine.readiness(), { timeout: refusalMsMax }).toMatchObject({ status: 503 });
      expect(await engine.start()).toMatch(/^(nats\.(unreachable|not-storing)|engine\.none)$/);
      expect((await engine.readiness()).reasons).toMatch(/nats\.unreachable|nats\.not-storing/);
      mend();
      await recovers(engine);
      acknowledged.push(await engine.start());
    }
    for (const id of acknowledged) expect(id).toMatch(/^[0-9a-z]{26}$/);
    expect(await engine.runs()).toEqual(expect.arrayContaining(acknowledged.sort()));
  },
  8 * refusalMsMax,
);
