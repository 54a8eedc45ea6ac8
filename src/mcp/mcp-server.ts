import { randomUUID } from 'node:crypto';
import { Transform } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  createMcpHandler,
  type InputRequiredResult,
  Server,
  type ServerContext,
  type Tool,
} from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { operatorToolPrefix } from '../../machines/definition.ts';
import type { DefinitionTools } from '../api/definitions.ts';
import type { RunResult } from '../api/run.ts';
import { messageOf } from '../lib/text.ts';
import type { LoadedOperation } from '../operations/load-operations.ts';
import { readJson } from '../operations/read-json.ts';
import type { RequestRefused } from '../operations/use-case.ts';
import type { AskOperation, Members } from './asking.ts';
import { callDefinition, toolResult } from './call-definition.ts';
import { listedDefinition } from './definition-tools.ts';
import { type OperationTool, operationTools } from './operation-tools.ts';

type McpOptions = {
  readonly operations: readonly LoadedOperation[];
  readonly version: string;
  /** Carries operations out for whoever calls, with their rights. */
  readonly ask: AskOperation;
  /** What names the connection, where calls come by one: a request that is sent again has the same id there. */
  readonly connection?: string;
};

type Answered = CallToolResult | InputRequiredResult;

/** Of JSON-RPC: what was given does not fit. */
const invalidParams = -32_602;
const lineLengthMax = 10 * 1024 * 1024;

const keyMeta = '3ox-workflow/idempotencyKey';

const instructions = [
  'Workflows of this project. Each definition that is exposed is a tool by its id: a call starts a run, and the answer',
  'has its id. The tools that begin with workflow_ look at runs, answer approvals within your rights, and check, test',
  'and publish definitions. What would change more than one thing only tells what it would do, until dryRun is false.',
].join(' ');

const known = new WeakMap<readonly LoadedOperation[], ReadonlyMap<string, OperationTool>>();

/** The tools that are made of operations, made once for each list of these. */
function toolsOf(operations: readonly LoadedOperation[]): ReadonlyMap<string, OperationTool> {
  const tools = known.get(operations) ?? operationTools(operations);
  known.set(operations, tools);

  return tools;
}

/** A server for one connection, or for one request where each comes alone. It keeps nothing between two calls. */
function createMcpServer({ operations, version, ask, connection }: McpOptions): Server {
  const server = new Server({ name: '3ox-workflow', version }, { capabilities: { tools: {} }, instructions });
  const tools = toolsOf(operations);
  server.setRequestHandler('tools/list', async () => {
    const definitions = (await ask('definitions.tools', {})) as DefinitionTools;

    return {
      tools: [
        ...[...tools.values()].map(({ listed }) => listed),
        ...definitions.items.filter(({ name }) => !tools.has(name)).map(listedDefinition),
      ] as unknown as Tool[],
    };
  });
  server.setRequestHandler('tools/call', async ({ params }, context): Promise<Answered> => {
    const { name, arguments: given = {} } = params;
    const { signal } = context.mcpReq;
    const askFor: AskOperation = (operation, input) => ask(operation, input, signal);
    try {
      const tool = tools.get(name);
      if (tool !== undefined) return await callOperation(name, tool, given, askFor);
      const definitions = (await askFor('definitions.tools', {})) as DefinitionTools;
      const definition = definitions.items.find((each) => each.name === name);
      if (definition === undefined) return unknownTool(name);
      const call = { given, ...roundOf(server, context), key: keyOf(context, connection) };

      return await callDefinition(definition, call, askFor);
    } catch (error) {
      return refused(error);
    }
  });

  return server;
}

async function callOperation(
  name: string,
  tool: OperationTool,
  given: Members,
  ask: AskOperation,
): Promise<CallToolResult> {
  const answer = await tool.call(given, ask);
  // How a run ended is said as it is where the run was called.
  if (name === `${operatorToolPrefix}run_result`)
    return { ...toolResult(answer as RunResult), isError: false };

  return { content: [{ type: 'text', text: JSON.stringify(answer) }], structuredContent: { ...answer } };
}

function roundOf(server: Server, { mcpReq }: ServerContext) {
  const envelope = mcpReq.envelope as Members | undefined;
  const said = envelope?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  const capabilities = said ?? server.getClientCapabilities();
  const { elicitation } = capabilities ?? {};
  const state = mcpReq.requestState();

  return {
    // A client that does not say which kind takes forms.
    mayAskPerson:
      elicitation !== undefined && ('form' in elicitation || Object.keys(elicitation).length === 0),
    responses: mcpReq.inputResponses,
    state: typeof state === 'string' ? state : undefined,
  };
}

/** The key that the caller gave, else one that the same request has when it is sent again by the same connection. */
function keyOf({ mcpReq }: ServerContext, connection: string | undefined): string | undefined {
  const given = mcpReq._meta?.[keyMeta];
  if (typeof given === 'string') return given;

  return connection === undefined ? undefined : `mcp ${connection} ${JSON.stringify(mcpReq.id)}`;
}

function unknownTool(name: string): CallToolResult {
  const message = `there is no tool "${name}": no definition of this id says expose: {mcp: true}, as far as you may see`;

  return errorResult('mcp.unknown-tool', message);
}

type Coded = {
  readonly code?: unknown;
  readonly fix?: unknown;
  readonly problems?: readonly { readonly path?: string | undefined; readonly message: string }[];
};

/** What was refused, as a model reads it: the code, what is wrong where, and what helps. */
function refused(error: unknown): CallToolResult {
  const { code, fix, problems = [] } = error as Coded;
  const lines = problems.map(({ path = '', message }) => (path === '' ? message : `${path}: ${message}`));
  const more = [...lines, ...(typeof fix === 'string' ? [`what may help: ${fix}`] : [])];

  return errorResult(typeof code === 'string' ? code : 'internal', [messageOf(error), ...more].join('\n'));
}

function errorResult(code: string, message: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text: `${code}: ${message}` }] };
}

/** Serves the program that has started this one, by stdin and stdout, until it goes or the signal aborts. */
export async function serveMcpStdio(
  options: Omit<McpOptions, 'connection'>,
  { signal, onTrouble }: { readonly signal: AbortSignal; readonly onTrouble: (error: unknown) => void },
): Promise<void> {
  const connection = randomUUID();
  const lines = checkedLines();
  process.stdin.pipe(lines);
  const transport = new StdioServerTransport(lines, process.stdout);
  const handle = serveStdio(() => createMcpServer({ ...options, connection }), {
    transport,
    onerror: onTrouble,
  });
  await new Promise<void>((resolve) => {
    process.stdin.once('close', resolve);
    process.stdin.once('end', resolve);
    lines.once('error', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await handle.close();
}

/**
 * Lets the lines through that the API would take as bodies. A line that it would not is answered with the reason; what
 * is no JSON at all is for the library to answer.
 */
function checkedLines(): Transform {
  const decoder = new StringDecoder('utf8');
  let begun = '';

  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const [first = '', ...rest] = decoder.write(chunk).split('\n');
      const lines = [begun + first, ...rest];
      begun = lines.pop() ?? '';
      if (begun.length > lineLengthMax) {
        done(new Error(`a message may have ${lineLengthMax} characters`));
        return;
      }
      for (const line of lines) {
        const taken = takenLine(line);
        if (taken !== undefined) this.push(`${taken}\n`);
      }
      done();
    },
  });
}

/** The line as the library is given it; undefined where it was a request that is refused here. */
function takenLine(line: string): string | undefined {
  try {
    readJson(line, 'the message');
    return line;
  } catch (error) {
    const message = messageIn(line);
    if (message === undefined) return line;
    const { code } = error as RequestRefused;
    const refused = JSON.stringify({
      jsonrpc: '2.0',
      id: message.id,
      error: { code: invalidParams, message: `${code}: ${messageOf(error)}` },
    });
    // Both sides number their requests: a response that is refused is an error of what we asked, none that we send.
    if (!message.isRequest) return refused;
    process.stdout.write(`${refused}\n`);
    return undefined;
  }
}

/** What a line with an id is; undefined where it has none. */
function messageIn(line: string): { readonly id: string | number; readonly isRequest: boolean } | undefined {
  try {
    const { id, method } = JSON.parse(line) as { readonly id?: unknown; readonly method?: unknown };
    return typeof id === 'string' || typeof id === 'number'
      ? { id, isRequest: method !== undefined }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Answers one request over HTTP. Nothing is kept for the next, so that any engine may answer it. What the library has
 * to say of requests that are malformed is told to whoever sent them: they could fill the log of the engine with it.
 */
export function answerMcp(options: Omit<McpOptions, 'connection'>, request: Request): Promise<Response> {
  return createMcpHandler(() => createMcpServer(options)).fetch(request);
}
