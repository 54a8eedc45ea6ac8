import type { McpServed, OnProgress } from '../../cli/app.ts';
import { versionText } from '../../cli/version.ts';
import { once } from '../../lib/once.ts';
import { messageOf } from '../../lib/text.ts';
import { serveMcpStdio } from '../../mcp/mcp-server.ts';
import { loadAllOperations } from '../../operations/load-operations.ts';
import { endInOrder } from '../end-in-order.ts';
import { portsOver } from '../session/observer-session.ts';
import { openSession } from '../session/open-session.ts';
import type { Ask, OperationName } from './client.ts';
import { askOver } from './connect.ts';
import { httpTransport } from './http-transport.ts';

const portsEndMs = 2_000;

/**
 * The MCP server for the program that has started this one. It asks an engine over HTTP where one is named, with the
 * rights of the token; else it is the owner of the project, and works on the runs that no other engine works on.
 */
export async function serveMcp(served: McpServed, onProgress: OnProgress): Promise<void> {
  const { ask, close } = await reached(served, onProgress);
  const options = {
    operations: await loadAllOperations(),
    version: versionText(),
    ask: (operation: string, input: object, gone?: AbortSignal) =>
      ask(operation as OperationName, input as never, gone),
  };
  try {
    const { signal } = served;
    await serveMcpStdio(options, { signal, onTrouble: (error) => onProgress(`mcp: ${messageOf(error)}`) });
  } finally {
    await close();
  }
}

type Reached = { readonly ask: Ask; readonly close: () => Promise<void> };

async function reached({ projectDir, http, actor }: McpServed, onProgress: OnProgress): Promise<Reached> {
  if (http !== undefined) return httpTransport({ http: http.url, token: http.token });
  const session = await openSession({ projectDir, engine: 'embedded' }, onProgress);
  const opened = once(() => portsOver(projectDir, session, onProgress));
  let isOpened = false;

  return {
    ask: askOver(async () => {
      isOpened = true;
      return (await opened()).ports;
    }, actor),
    close: () =>
      endInOrder([
        ...(isOpened ? [{ end: async () => (await opened()).close(), limitMs: portsEndMs }] : []),
        { end: session.close },
      ]),
  };
}
