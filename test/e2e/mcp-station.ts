// A project with an engine that serves HTTP, and clients of its MCP server: those that start `workflow mcp`, and those
// that ask the engine. The client is the protocol's own.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Client,
  type ElicitRequest,
  type ElicitResult,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { systemClock } from '../../src/compose/system-clock.ts';
import { createTokensFile } from '../../src/project/tokens-file.ts';
import { startTestServer } from '../support/nats.ts';
import { ownerHeaders } from './owner.ts';
import { type ServedEngine, servedEngine } from './served-api.ts';
import { builtCli } from './station.ts';

/** The current version of the protocol, and the one before it. */
export type Era = '2026-07-28' | '2025-11-25';
export const eras = ['2026-07-28', '2025-11-25'] as const;

/** What a person answers to a form; absent: the client has no forms. */
export type Person = (form: ElicitRequest['params']) => ElicitResult;

export type ClientOptions = { readonly era?: Era; readonly person?: Person };

export type ServerEntry =
  | {
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly url: string; readonly headers: Readonly<Record<string, string>> };

export type McpStation = {
  readonly project: string;
  readonly engine: ServedEngine;
  readonly overStdio: (options?: ClientOptions, args?: readonly string[]) => Promise<Client>;
  /** With a token, or as the owner. */
  readonly overHttp: (options?: ClientOptions, token?: string) => Promise<Client>;
  /** As a client that is told of the server by such an entry. */
  readonly asConfigured: (entry: ServerEntry) => Promise<Client>;
  readonly token: (as: string, level: 'L0' | 'L1' | 'L2' | 'L3', domain?: string) => Promise<string>;
  readonly close: () => Promise<void>;
};

/** `files`: definitions by their ids. */
export async function openMcpStation(
  files: Readonly<Record<string, string>>,
  agents?: string,
): Promise<McpStation> {
  const server = await startTestServer();
  const project = await mkdtemp(join(tmpdir(), 'workflow-mcp-'));
  await mkdir(join(project, 'definitions'));
  for (const [id, text] of Object.entries(files))
    await writeFile(join(project, 'definitions', `${id}.yaml`), text);
  if (agents !== undefined) await writeFile(join(project, 'agents.yaml'), agents);
  const env = { NATS_URL: server.url, LANG: 'C.UTF-8', USER: 'ana' };
  const engine = await servedEngine({ cwd: project, env });
  await engine.start();
  const clients: Client[] = [];
  const kept = async (client: Client, transport: Parameters<Client['connect']>[0]) => {
    clients.push(client);
    await client.connect(transport);
    return client;
  };

  const started = (args: readonly string[], more: Readonly<Record<string, string>>) =>
    new StdioClientTransport({
      command: process.execPath,
      args: [builtCli, ...args],
      cwd: project,
      env: { ...(process.env as Record<string, string>), ...env, ...more },
      stderr: 'ignore',
    });

  return {
    project,
    engine,
    overStdio: (options = {}, args = []) => kept(clientOf(options), started(['mcp', ...args], {})),
    asConfigured: (entry) =>
      kept(clientOf({}), 'url' in entry ? overUrl(entry.url, entry.headers) : started(entry.args, entry.env)),
    overHttp: async (options = {}, token) => {
      const { authorization } = await ownerHeaders(project);
      const headers = { authorization: token === undefined ? authorization : `Bearer ${token}` };
      return kept(clientOf(options), overUrl(`${engine.url}/mcp`, headers));
    },
    token: async (as, level, domain) => {
      const tokens = createTokensFile({ projectDir: project, clock: systemClock });
      const { token } = await tokens.add({ as, level, ...(domain === undefined ? {} : { domain }) });
      return token;
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await engine.stop();
      await server.stop();
      await rm(project, { recursive: true, force: true });
    },
  };
}

function overUrl(url: string, headers: Readonly<Record<string, string>>): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
}

function clientOf({ era = '2026-07-28', person }: ClientOptions): Client {
  const client = new Client(
    { name: 'test', version: '1' },
    {
      capabilities: person === undefined ? {} : { elicitation: { form: {} } },
      ...(era === '2026-07-28' ? { versionNegotiation: { mode: 'auto' as const } } : {}),
    },
  );
  if (person !== undefined)
    client.setRequestHandler('elicitation/create', async ({ params }) => person(params));

  return client;
}

/** The parts of the answer of a tool that tests look at. */
export type Said = {
  readonly isError: boolean;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;
};

export async function called(
  client: Client,
  name: string,
  given: Readonly<Record<string, unknown>> = {},
): Promise<Said> {
  const { content, structuredContent, isError = false } = await client.callTool({ name, arguments: given });
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');

  return { isError, text, data: structuredContent as Said['data'] };
}
