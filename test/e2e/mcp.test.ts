// The MCP server as agents use it: the built program, by `workflow mcp` and over HTTP, each by the current version of
// the protocol and the one before. Method: the client library of the protocol against a real server and engine.
import type { Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { pageText } from '../support/page-definitions.ts';
import { type ClientOptions, called, eras, type McpStation, openMcpStation } from './mcp-station.ts';
import { ownerHeaders } from './owner.ts';

const double = `workflow:
  id: double
  version: 1
  description: Doubles a number
  expose: {mcp: true}
  input: {required: [number], properties: {number: {type: number, description: What is doubled.}}}
  output: {twice: "\${compute.output.value}"}
  tasks: [{id: compute, type: TRANSFORM, output: {value: "\${workflow.input.number * 2.0}"}}]
`;
const pay = `workflow:
  id: pay
  version: 1
  description: Pays an amount, once somebody has signed
  expose: {mcp: true}
  labels: {domain: money}
  input: {required: [amount], properties: {amount: {type: number}}}
  output: {by: "\${sign.output.by}"}
  tasks:
    - {id: sign, type: HUMAN, name: Sign the payment, wait_for_approval: true, approvers: {level: L1}}
    - {id: book, depends_on: sign, run: {command: [echo, booked]}}
`;
const hidden = double.replace('id: double', 'id: hidden').replace('  expose: {mcp: true}\n', '');
/** The definition of the page. */
const [, refund = ''] = /```yaml\n([\s\S]+?)```/.exec(pageText('docs/mcp.md')) ?? [];
const agents = `principals:
  - {name: ana, level: L0}
  - {name: ben, level: L2, domain: money}
  - {name: cleo, level: L2, domain: toys}
`;

let station: McpStation;
beforeAll(async () => {
  station = await openMcpStation({ double, pay, hidden, refund }, agents);
});
afterAll(() => station.close());

const connected = (transport: 'stdio' | 'http', options: ClientOptions): Promise<Client> =>
  transport === 'stdio' ? station.overStdio(options) : station.overHttp(options);
const transports = ['stdio', 'http'] as const;
const ways = transports.flatMap((transport) => eras.map((era) => ({ transport, era })));

describe.each(ways)('over $transport by version $era', ({ transport, era }) => {
  let client: Client;
  beforeAll(async () => {
    client = await connected(transport, { era });
  });

  test('a definition that is exposed is a tool, and a call is a run', async () => {
    expect(client.getNegotiatedProtocolVersion()).toBe(era);
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toContain('double');
    expect(names).toContain('workflow_approve');
    expect(names).not.toContain('hidden');
    expect(tools.find(({ name }) => name === 'double')).toMatchObject({
      description: expect.stringContaining('Doubles a number'),
      inputSchema: {
        properties: { number: { type: 'number', description: 'What is doubled.' } },
        required: ['number'],
      },
      annotations: { readOnlyHint: true, destructiveHint: false },
    });
    expect(tools.find(({ name }) => name === 'pay')).toMatchObject({
      annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
    });

    const { data, isError } = await called(client, 'double', { number: 21 });
    expect(isError).toBe(false);
    expect(data).toEqual({ run: expect.any(String), status: 'COMPLETED', output: { twice: 42 } });
    expect((await called(client, 'workflow_show_run', { run: data?.['run'] })).data).toMatchObject({
      status: 'COMPLETED',
    });
  });

  test('a call that comes again with its key is answered with the run of the first', async () => {
    const given = { number: 4, idempotencyKey: `again-${transport}-${era}` };
    const first = await called(client, 'double', given);
    expect((await called(client, 'double', given)).data).toEqual(first.data);
    const other = await called(client, 'double', { ...given, number: 5 });
    expect(other).toMatchObject({ isError: true, text: expect.stringContaining('key') });
  });

  test('a run that waits for a person says so, and which tools go on with it', async () => {
    const asked = await called(client, 'pay', { amount: 5, waitSeconds: 20 });
    expect(asked).toMatchObject({ isError: false, data: { approvals: ['sign'] } });
    expect(asked.text).toContain('workflow_approve');
    const run = asked.data?.['run'];
    const approved = await called(client, 'workflow_approve', { run, task: 'sign', comment: 'fine' });
    expect(approved).toMatchObject({ isError: false, data: { run } });
    const done = await called(client, 'workflow_run_result', { run, wait: 30 });
    expect(done.data).toMatchObject({ run, status: 'COMPLETED', output: { by: 'ana' } });
  });

  test('what does not fit is refused with what is wrong, and starts nothing', async () => {
    const refused = await called(client, 'double', { number: 'many' });
    expect(refused).toMatchObject({ isError: true, text: expect.stringContaining('input.mistyped') });
    expect(refused.text).toContain('number: expected a number');
    expect(await called(client, 'hidden', { number: 1 })).toMatchObject({
      isError: true,
      text: expect.stringContaining('mcp.unknown-tool'),
    });
  });
});

const withForms = ways.filter(({ transport, era }) => transport === 'stdio' || era === '2026-07-28');

test.each(withForms)(
  'a person at the client answers forms, over $transport by $era',
  async ({ transport, era }) => {
    const forms: string[] = [];
    const person = (form: { readonly message: string }) => {
      forms.push(form.message);
      const isInput = form.message.includes('needs');
      return {
        action: 'accept' as const,
        content: isInput ? { amount: 7 } : { decision: 'approve', comment: 'ok' },
      };
    };
    const options = { era, person };
    const client = await (transport === 'stdio' ? station.overStdio(options) : station.overHttp(options));
    const { data } = await called(client, 'pay');
    expect(data).toMatchObject({ status: 'COMPLETED', output: { by: 'ana' } });
    expect(forms).toEqual(['pay needs amount', expect.stringContaining('Sign the payment')]);
  },
);

test('a token of L2 starts runs of its domain and approves none of them', async () => {
  const client = await station.overHttp({}, await station.token('ben', 'L2', 'money'));
  expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain('double');
  const { data } = await called(client, 'pay', { amount: 9 });
  const run = data?.['run'];
  expect(await called(client, 'workflow_approve', { run, task: 'sign' })).toMatchObject({
    isError: true,
    text: expect.stringContaining('authority.'),
  });
  const owner = await station.overHttp();
  expect((await called(owner, 'workflow_run_result', { run })).data).toMatchObject({ approvals: ['sign'] });
});

test('the caller of a domain sees nothing of others', async () => {
  const owner = await station.overHttp();
  const { data } = await called(owner, 'pay', { amount: 1 });
  const client = await station.overHttp({}, await station.token('cleo', 'L2', 'toys'));
  expect((await client.listTools()).tools.filter(({ name }) => !name.startsWith('workflow_'))).toEqual([]);
  expect((await called(client, 'workflow_list_runs')).data).toMatchObject({ items: [] });
  expect(await called(client, 'workflow_show_run', { run: data?.['run'] })).toMatchObject({
    isError: true,
    text: expect.stringContaining('run.not-found'),
  });
  expect(await called(client, 'workflow_query_runs', { sql: 'select * from runs' })).toMatchObject({
    isError: true,
    text: expect.stringContaining('authority.'),
  });
});

test('a program with a token asks a named engine by stdio, with the rights of the token', async () => {
  const token = await station.token('cleo', 'L2', 'toys');
  const client = await station.overStdio({}, ['--server', station.engine.url, '--token', token]);
  expect((await called(client, 'workflow_list_runs')).data).toMatchObject({ items: [] });
});

test('nobody is answered without a token, or from the page of another site', async () => {
  const url = `${station.engine.url}/mcp`;
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(401);
  const origin = { ...headers, origin: 'https://elsewhere.example' };
  expect((await fetch(url, { method: 'POST', headers: origin, body })).status).toBe(403);
});

test('what the API does not take is not taken by a tool either: numbers that would change, and values too deep', async () => {
  const { authorization } = await ownerHeaders(station.project);
  const headers = {
    authorization,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  const call = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'double', arguments: { number: 7 } },
  };
  const body = JSON.stringify(call).replace('7', '12345678901234567891');
  const answer = await fetch(`${station.engine.url}/mcp`, { method: 'POST', headers, body });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('value.inexact')]);

  const client = await station.overHttp();
  let data: unknown = 1;
  for (let depth = 0; depth < 100; depth += 1) data = [data];
  const given = { run: '@last', name: 'go', data: { deep: data } };
  expect(await called(client, 'workflow_signal', given).catch(String)).toContain('deeper than 64 levels');
}, 60_000);

test('over stdio neither, and the next request is answered', async () => {
  const client = await station.overStdio();
  expect(await called(client, 'double', { number: 1e300 }).catch(String)).toMatchObject({ isError: false });
  let data: unknown = 1;
  for (let depth = 0; depth < 100; depth += 1) data = [data];
  const given = { run: '@last', name: 'go', data: { deep: data } };
  expect(await called(client, 'workflow_signal', given).catch(String)).toContain('deeper than 64 levels');
  expect((await called(client, 'double', { number: 3 })).data).toMatchObject({ output: { twice: 6 } });
}, 60_000);

test('what programs send that is no request is answered to them, and fills no log', async () => {
  const before = station.engine.said();
  const { authorization } = await ownerHeaders(station.project);
  const headers = { authorization, 'content-type': 'application/json', accept: 'application/json' };
  const url = `${station.engine.url}/mcp`;
  for (const body of ['{"jsonrpc":"2.0"}', '[]', '{"jsonrpc":"2.0","id":1,"method":"no/such"}'])
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBeGreaterThanOrEqual(400);
  expect((await fetch(url, { headers })).status).toBeGreaterThanOrEqual(400);
  expect(station.engine.said()).toBe(before);
});

test('a name that an address would be read without is refused', async () => {
  const client = await station.overHttp();
  expect(await called(client, 'workflow_run_result', { run: '..' })).toMatchObject({
    isError: true,
    text: expect.stringContaining('nothing is called so'),
  });
});

test('authoring tools check a text, and publish it only when they are told to', async () => {
  const client = await station.overHttp();
  const text = double.replace('id: double', 'id: triple').replace('* 2.0', '* 3.0');
  const wrong = text.replace('compute.output', 'compte.output');
  expect((await called(client, 'workflow_check_definition', { text: wrong })).data).toMatchObject({
    ok: false,
  });
  expect((await called(client, 'workflow_check_definition', { text })).data).toMatchObject({ ok: true });
  expect((await called(client, 'workflow_deep_check_definition', { text })).data).toMatchObject({
    isWhole: true,
    findings: [],
  });
  const stuck = text.replace('tasks: [', 'tasks: [{id: told, type: WAIT, signal: go}, ');
  expect((await called(client, 'workflow_deep_check_definition', { text: stuck })).data).toMatchObject({
    findings: expect.arrayContaining([expect.objectContaining({ code: expect.stringContaining('deep.') })]),
  });
  expect((await called(client, 'workflow_publish_definition', { text })).data).toMatchObject({
    outcome: 'dry-run',
  });
  expect(await called(client, 'triple', { number: 1 })).toMatchObject({ isError: true });
  await called(client, 'workflow_publish_definition', { text, dryRun: false });
  expect((await called(client, 'triple', { number: 5 })).data).toMatchObject({ output: { twice: 15 } });
});

const Servers = z.object({
  mcpServers: z.object({
    workflows: z.union([
      z.object({
        command: z.literal('workflow'),
        args: z.array(z.string()),
        env: z.record(z.string(), z.string()).default({}),
      }),
      z.object({ type: z.literal('http'), url: z.string(), headers: z.record(z.string(), z.string()) }),
    ]),
  }),
});

test('a client that is set up as docs/mcp.md shows it calls the definition of the page', async () => {
  const token = await station.token('ana', 'L1');
  const here = pageText('docs/mcp.md')
    .replaceAll('/path/to/the/project', station.project)
    .replaceAll('http://127.0.0.1:7420', station.engine.url)
    .replaceAll('the token of workflow tokens add', token);
  const shown = [...here.matchAll(/```json\n(\{\n[\s\S]+?)```/g)].map(([, text = '']) =>
    Servers.parse(JSON.parse(text)),
  );
  expect(shown).toHaveLength(3);
  for (const { mcpServers } of shown) {
    const client = await station.asConfigured(mcpServers.workflows);
    expect(await called(client, 'refund', { order: 'A-7', amount: 20 })).toMatchObject({
      isError: false,
      data: { status: 'COMPLETED', output: { paid: 20 } },
    });
  }
  const { tools } = await (await station.overHttp()).listTools();
  const named = [...here.matchAll(/^\| [\w ]+ \| (.+) \|$/gm)].flatMap(([, cell = '']) => [
    ...cell.matchAll(/`(\w+)`/g),
  ]);
  expect(named.map(([, name]) => `workflow_${name}`).sort()).toEqual(
    tools
      .map(({ name }) => name)
      .filter((name) => name.startsWith('workflow_'))
      .sort(),
  );
});
