// Secrets on the real thing: a command and an HTTP request get them, and no byte of them is on the disk of the server,
// in the state file or on a terminal. Method: the built command line in a project of its own, on a real server whose
// store is searched afterwards, file by file.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

const token = 'tok-5f3a9c1e77-of-the-run';
const key = 'key-8b1d2e6644-of-the-project';
const definition = `workflow:
  id: secretive
  version: 1
  input: {properties: {token: {type: string, secret: true}, url: {type: string}}, required: [token, url]}
  tasks:
    - id: command
      run:
        shell: sh
        command: ['printf %s "$TOKEN $KEY" > got.txt; printf "{\\\\"echoed\\\\": \\\\"%s\\\\"}" "$(printf %s "$TOKEN" | base64)"']
        env: {TOKEN: "\${workflow.input.token}", KEY: "\${secrets.KEY}"}
    - id: request
      type: HTTP
      depends_on: command
      request:
        url: "\${workflow.input.url}"
        headers: {authorization: "Bearer \${workflow.input.token}", x-key: "\${secrets.KEY}"}
`;

let server: TestServer;
let web: Server;
let project = '';
const seen: string[] = [];

beforeAll(async () => {
  server = await startTestServer();
  project = await mkdtemp(join(tmpdir(), 'workflow-secrets-'));
  await mkdir(join(project, '.3ox'));
  await writeFile(join(project, '.3ox', 'secrets.env'), `KEY=${key}\n`, { mode: 0o600 });
  await writeFile(join(project, 'secretive.yaml'), definition);
  await writeFile(join(project, 'serve.yaml'), 'private_hosts: [127.0.0.1]\n');
  web = createServer(({ headers }, response) => {
    seen.push(`${headers.authorization} ${headers['x-key']}`);
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ you: seen.at(-1) }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => web.once('listening', resolve));
});
afterAll(async () => {
  web.close();
  await server.stop();
  await rm(project, { recursive: true, force: true });
});

test('secrets reach a command and a request, and no byte of them stays behind', async () => {
  const address = web.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/`;
  const env = { NATS_URL: server.url, WORKFLOW_INPUT_TOKEN: token };
  const cli = (...args: readonly string[]) => runProgram(builtCli, args, { cwd: project, env });
  const ran = await cli('start', 'secretive.yaml', '--url', url);
  expect(ran).toMatchObject({ code: 0 });
  expect(await readFile(join(project, 'got.txt'), 'utf8')).toBe(`${token} ${key}`);
  expect(seen).toEqual([`Bearer ${token} ${key}`]);

  const shown = [await cli('show', '@last', '--json'), await cli('history', '@last', '--json'), ran];
  const state = await readFile(join(project, '.3ox', 'workflow.state.yaml'), 'utf8');
  const stored = Buffer.concat(
    await Promise.all((await filesIn(server.storeDir)).map((file) => readFile(file))),
  );
  expect(stored.includes('secretive')).toBe(true);
  expect(state).toContain('***');
  for (const secret of [token, key]) {
    for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=*$/, '')]) {
      expect(stored.includes(form), `the store holds ${form}`).toBe(false);
      expect(state).not.toContain(form);
      for (const { stdout, stderr } of shown) expect(stdout + stderr).not.toContain(form);
    }
  }
});

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });

  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
