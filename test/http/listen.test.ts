// Where the API listens: on the port that was asked for or on none, and without one on the next that is free. Method:
// real ports of this machine.
import { OpenAPIHono } from '@hono/zod-openapi';
import { expect, onTestFinished, test } from 'vitest';
import type { ApiEnv } from '../../src/http/api.ts';
import { listen } from '../../src/http/listen.ts';

const guard = { isLoopback: true, hosts: [] };

async function open(port: number | undefined, portDefault = 0) {
  const api = new OpenAPIHono<ApiEnv>();
  api.get('/', (c) => c.text('here'));
  const listening = await listen(api, { host: '127.0.0.1', port, portDefault, guard });
  onTestFinished(listening.close);

  return listening;
}

test('where the usual port is taken it takes another one, and says that it did', async () => {
  const first = await open(0);
  const second = await open(undefined, first.port);

  expect([first.isNext, second.isNext]).toEqual([false, true]);
  expect(second.port).toBeGreaterThan(first.port);
  expect(await (await fetch(second.url)).text()).toBe('here');
});

test('a port that was asked for and is taken is an error, and so is an address of another machine', async () => {
  const { port } = await open(0);

  await expect(open(port)).rejects.toMatchObject({
    code: 'usage.port-taken',
    message: `127.0.0.1:${port} is taken by another program; name another port, or take one that is free: --http 0`,
  });
  const elsewhere = listen(new OpenAPIHono<ApiEnv>(), { host: '192.0.2.1', port: 0, portDefault: 0, guard });
  await expect(elsewhere).rejects.toMatchObject({ code: 'usage.address' });
});

test('whoever holds a connection and says nothing does not hold the end up', async () => {
  const listening = await open(0);
  await (await fetch(listening.url)).text();
  await listening.close();
  await expect(fetch(listening.url)).rejects.toThrow();
});
