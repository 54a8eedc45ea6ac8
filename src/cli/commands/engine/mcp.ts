import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { actorOf } from '../actor.ts';

export type McpFlags = { readonly server?: string; readonly token?: string; readonly as?: string };

const serverDefault = 'http://127.0.0.1:7420';

/** `workflow mcp`: an MCP server on stdin and stdout, until the program that has started it goes. */
export async function mcp(
  { app, io, output, projectDir }: Invocation,
  { server, token: given, as }: McpFlags,
): Promise<ExitCode> {
  // Whoever was given a token has its rights and no more.
  const token = given ?? io.env['WORKFLOW_TOKEN'];
  const isRemote = server !== undefined || token !== undefined;
  const http = { url: server ?? serverDefault, token };
  const stop = new AbortController();
  const release = io.onInterrupt(() => stop.abort());
  const served = { projectDir: projectDir(), signal: stop.signal, actor: actorOf(io, as) };
  try {
    // stdout is the protocol's.
    await app.mcp({ ...served, ...(isRemote ? { http } : {}) }, (message) => output.note(message));
  } finally {
    release();
  }

  return 0;
}
