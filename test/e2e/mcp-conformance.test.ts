// The conformance suite of the protocol against an engine that serves HTTP. Method: the suite as it is published, whose
// scenarios call tools by fixed names: those that workflows can be have definitions here. What it expects to fail is
// said with the reason; the suite fails where one of these passes. It sends no token, so a proxy adds the owner's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type McpStation, openMcpStation } from './mcp-station.ts';
import { ownerHeaders } from './owner.ts';

/** Why a scenario does not hold: it calls a tool, or asks for something, that workflows are not. */
const notOurs: Readonly<Record<string, string>> = {
  'logging-set-level': 'no logging: what a run does is read by its history',
  'completion-complete': 'no completion of arguments',
  'tools-call-image': 'a workflow gives JSON, and no images',
  'tools-call-audio': 'a workflow gives JSON, and no sound',
  'tools-call-embedded-resource': 'no resources',
  'tools-call-mixed-content': 'a workflow gives JSON alone',
  'tools-call-with-logging': 'no logging',
  'tools-call-with-progress': 'no progress: the result of a run is asked for by its id',
  'tools-call-sampling': 'no sampling: no workflow asks the model of its client',
  'tools-call-elicitation':
    'without a session no form can be sent over HTTP in 2025-11-25; test/e2e/mcp.test.ts has forms',
  'elicitation-sep1034-defaults': 'the same',
  'elicitation-sep1330-enums': 'the same',
  'server-sse-polling': 'no sessions, so that any engine answers any request',
  'server-sse-multiple-streams': 'the same',
  'json-schema-2020-12': 'inputs are no schemas with $defs',
  'resources-list': 'no resources',
  'resources-read-text': 'no resources',
  'resources-read-binary': 'no resources',
  'resources-templates-read': 'no resources',
  'resources-subscribe': 'no resources',
  'resources-unsubscribe': 'no resources',
  'prompts-list': 'no prompts',
  'prompts-get-simple': 'no prompts',
  'prompts-get-with-args': 'no prompts',
  'prompts-get-embedded-resource': 'no prompts',
  'prompts-get-with-image': 'no prompts',
};

const tool = (id: string, task: string): string => `workflow:
  id: ${id}
  version: 1
  description: A tool of the conformance suite
  expose: {mcp: true}
  tasks: [${task}]
`;
const suite = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
);
const suiteHere = fileURLToPath(new URL('conformance-suite.mjs', import.meta.url));

let station: McpStation;
let proxy: ReturnType<typeof createServer>;
beforeAll(async () => {
  station = await openMcpStation({
    simple: tool('test_simple_text', '{id: a, type: NOOP}'),
    failing: tool('test_error_handling', '{id: a, type: TERMINATE, status: FAILED, error_code: this.fails}'),
  });
  proxy = createServer((from, to) => void passOn(from, to)).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
});
afterAll(async () => {
  proxy.close();
  await station.close();
});

/** Names of the proxy become those of the engine; any other host is handed on as it is. */
async function passOn(from: IncomingMessage, to: ServerResponse): Promise<void> {
  const { host } = new URL(station.engine.url);
  const renamed = Object.entries(from.headers).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replace(/(localhost|127\.0\.0\.1):\d+/, host) : value,
  ]);
  const headers = { ...Object.fromEntries(renamed), ...(await ownerHeaders(station.project)) };
  const passed = request(station.engine.url + from.url, { method: from.method, headers }, (answer) => {
    to.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(to);
  });
  passed.on('error', () => to.destroy());
  from.pipe(passed);
}

test('every scenario of the suite that is about what workflows are passes', async () => {
  const expected = join(station.project, 'expected.yaml');
  await writeFile(
    expected,
    `server:\n${Object.keys(notOurs)
      .map((name) => `  - ${name}\n`)
      .join('')}`,
  );
  const url = `http://localhost:${(proxy.address() as AddressInfo).port}/mcp`;
  const child = spawn(
    process.execPath,
    ['--import', suiteHere, suite, 'server', '--url', url, '--suite', 'all', '--expected-failures', expected],
    { cwd: station.project, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [said, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  const summary = /Total: .*/.exec(said)?.[0] ?? '';
  process.stdout.write(
    `conformance suite of MCP: ${summary}, ${Object.keys(notOurs).length} scenarios are not ours\n`,
  );
  expect(code, said.slice(-4_000) + errors).toBe(0);
}, 120_000);
