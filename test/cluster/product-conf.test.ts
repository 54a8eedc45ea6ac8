// The page about clusters does not lie, and the configurations that it tells to copy work. Method: the three files of
// examples/cluster as they are, but for their ports and the folder of their stores, and every command of the page, in
// order, in a copy of the project.
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtCli, type Finished, runProgram } from '../e2e/station.ts';
import { freePorts } from '../support/cluster.ts';
import { commandsIn } from '../support/markdown-commands.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const servers: TestServer[] = [];
let copy: string;
/** A free port for every port of the files. */
let ports: ReadonlyMap<string, string>;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'workflow-cluster-page-'));
  for (const name of ['definitions', 'examples']) {
    await cp(join(root, name), join(copy, name), {
      recursive: true,
      filter: (source) => !/[\\/]\.3ox$|RECEIPT/.test(source),
    });
  }
  const usual = ['4222', '4223', '4224', '6222', '6223', '6224', '8222', '8223', '8224'];
  const free = await freePorts(usual.length);
  ports = new Map(usual.map((port, index) => [port, String(free[index])]));
});
afterAll(async () => {
  await Promise.all(servers.map(endAtOnce));
  await rm(copy, { recursive: true, force: true });
});

test('every command of the page works on the cluster that the shipped configurations make', async () => {
  const page = await readFile(join(root, 'docs/cluster.md'), 'utf8');
  const env: Record<string, string> = { LANG: 'C.UTF-8' };
  const ran: Finished[] = [];
  for (const { text, words } of commandsIn(withFreePorts(page))) {
    const [program = '', first = '', file = ''] = words;
    if (program === 'nats-server') servers.push(await startConfigured(file));
    else if (program === 'export') Object.assign(env, Object.fromEntries([assignment(first)]));
    else {
      const finished = await runProgram(builtCli, words.slice(2), { cwd: copy, env });
      expect({ text, ...finished }).toMatchObject({ text, code: 0 });
      ran.push(finished);
    }
  }

  expect(servers).toHaveLength(3);
  const [, started, replayed, doctor] = ran;
  expect(started?.stdout).toContain('completed');
  expect(replayed?.stdout).toContain('exact');
  expect(doctor?.stdout).toMatch(/streams +\d+, 3 replicas of each/);
  expect(doctor?.stdout.match(/wf-\d \(.*sync_interval: always/g)).toHaveLength(3);
  expect(doctor?.stdout).not.toMatch(/ (warn|fail) /);
}, 120_000);

test('the three configurations differ in nothing but their names, ports and stores', async () => {
  const texts = await Promise.all([1, 2, 3].map((server) => configuration(server)));
  const alike = texts.map((text) =>
    text
      .replaceAll(/(Server |wf-)[123]/g, '$1N')
      .replaceAll(/^( *(?:listen|http): "127\.0\.0\.1:[468]22)[234]"/gm, '$1N"'),
  );

  expect(alike[1]).toBe(alike[0]);
  expect(alike[2]).toBe(alike[0]);
});

function configuration(server: number): Promise<string> {
  return readFile(join(root, `examples/cluster/nats-${server}.conf`), 'utf8');
}

async function startConfigured(file: string): Promise<TestServer> {
  const text = await readFile(join(copy, file), 'utf8');
  // Who starts a server for a test names the folder of its store.
  const conf = withFreePorts(text).replace(/^ *store_dir: .*$/m, '');
  const port = Number(/^listen: ".*:(\d+)"/m.exec(conf)?.[1]);

  return startTestServer({ conf, port });
}

function withFreePorts(text: string): string {
  return text.replaceAll(/\b[468]22[234]\b/g, (port) => ports.get(port) ?? port);
}

function assignment(text: string): readonly [string, string] {
  const at = text.indexOf('=');

  return [text.slice(0, at), text.slice(at + 1)];
}

/** By SIGKILL: a server that lost its peers ends slowly. */
async function endAtOnce(server: TestServer): Promise<void> {
  await server.kill9();
  await server.stop();
}
