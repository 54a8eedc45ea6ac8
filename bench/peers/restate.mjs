// Restate on the work that bench/peers.ts measures: its server with its defaults (every write is on disk before it
// counts), but a partition for each core, with which it is faster than with its 24; and one service whose steps do
// nothing but return about a hundred bytes. Whoever starts the runs and waits for their ends is this process, as it is
// with ours. Told by messages what to do: {tasks, isFork, inFlight, ms}.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http2 from 'node:http2';
import { createRequire } from 'node:module';
import net from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as restate from '@restatedev/restate-sdk';
import * as clients from '@restatedev/restate-sdk-clients';

// The SDK calls it, and Node 20 lacks it.
Promise.withResolvers ??= () => {
  let resolve;
  let reject;
  const promise = new Promise((ok, no) => {
    resolve = ok;
    reject = no;
  });
  return { promise, resolve, reject };
};

const folder = await mkdtemp(join(tmpdir(), 'workflow-bench-'));
const [node, admin, ingress, service] = await freePorts(4);
const server = await startServer();
process.once('disconnect', () => void stop());

const result = { value: 'x'.repeat(80) };
const run = restate.service({
  name: 'bench',
  handlers: {
    run: async (ctx, { tasks, isFork }) => {
      const ids = Array.from({ length: tasks }, (_, index) => `t${index}`);
      const step = (id) => ctx.run(id, () => result);
      if (isFork) return (await restate.RestatePromise.all(ids.map(step))).length;
      for (const id of ids) await step(id);
      return ids.length;
    },
  },
});
const endpoint = http2.createServer(
  restate.createEndpointHandler({ services: [run], logger: () => undefined }),
);
endpoint.listen(service, '127.0.0.1');
await once(endpoint, 'listening');
await untilIsSo(async () => {
  const body = JSON.stringify({ uri: `http://127.0.0.1:${service}` });
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`http://127.0.0.1:${admin}/deployments`, { method: 'POST', headers, body })).ok;
});
const client = clients.connect({ url: `http://127.0.0.1:${ingress}` }).serviceClient({ name: 'bench' });

process.on('message', async ({ tasks, isFork, inFlight, ms }) => {
  const times = [];
  const began = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() - began < ms) {
        const begunMs = performance.now();
        await client.run({ tasks, isFork });
        times.push(performance.now() - begunMs);
      }
    }),
  );
  process.send({ times, seconds: (performance.now() - began) / 1000 });
});
process.send({ pid: server.pid });

async function startServer() {
  const program = createRequire(import.meta.url).resolve('@restatedev/restate-server-linux-x64/package.json');
  const config = join(folder, 'restate.toml');
  await writeFile(
    config,
    `cluster-name = "bench"
node-name = "one"
base-dir = ${JSON.stringify(join(folder, 'data'))}
bind-ip = "127.0.0.1"
bind-port = ${node}
advertised-host = "127.0.0.1"
listen-mode = "tcp"
disable-telemetry = true
log-filter = "warn"
default-num-partitions = ${availableParallelism()}
[admin]
bind-port = ${admin}
disable-web-ui = true
[ingress]
bind-port = ${ingress}
`,
  );
  const started = spawn(join(dirname(program), 'bin/restate-server'), ['-c', config, '--no-logo'], {
    stdio: 'ignore',
  });
  for (const address of [`${admin}/health`, `${ingress}/restate/health`])
    await untilIsSo(async () => (await fetch(`http://127.0.0.1:${address}`)).ok);

  return started;
}

async function stop() {
  server.kill('SIGKILL');
  await once(server, 'exit');
  await rm(folder, { recursive: true, force: true });
  process.exit();
}

async function untilIsSo(ask) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await ask().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Restate does not come up');
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((each) => once(each, 'listening')));
  const ports = servers.map((each) => each.address().port);
  await Promise.all(servers.map((each) => once(each.close(), 'close')));
  return ports;
}
