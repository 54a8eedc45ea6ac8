// A server that speaks the wire of models and answers by a script. What it was asked under a key it answers again in
// the same way, as providers do, and does not count again.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ChatMessage = {
  readonly role: string;
  readonly content?: string;
  readonly tool_calls?: readonly unknown[];
};

export type Question = {
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters: unknown } }[];
  readonly response_format?: unknown;
  readonly max_tokens?: number;
  readonly model: string;
};

export type Reply =
  | { readonly text: string; readonly finish?: string; readonly usage?: 'none' }
  | { readonly calls: readonly { readonly name: string; readonly arguments: string }[] }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The stream ends in the middle of this text. */
  | { readonly cut: string }
  /** Just these bytes; the connection breaks after them where it says so. */
  | { readonly raw: string; readonly type?: string; readonly breaks?: true };

export type Asked = {
  readonly key: string;
  readonly question: Question;
  readonly reply: Reply;
  readonly authorization: string | undefined;
};

export type ScriptedModel = {
  readonly address: string;
  /** What was asked, each key once. */
  readonly asked: readonly Asked[];
  /** Requests in all, repeated ones as well. */
  readonly requests: () => number;
  readonly close: () => Promise<void>;
};

/** Starts it on a free port. The script is asked once for each key. */
export async function startScriptedModel(script: (question: Question) => Reply): Promise<ScriptedModel> {
  const asked: Asked[] = [];
  const byKey = new Map<string, Reply>();
  let requests = 0;
  const server = createServer(async (request, response) => {
    requests += 1;
    const question = JSON.parse(await bodyOf(request)) as Question;
    const key = String(request.headers['idempotency-key'] ?? '');
    const known = byKey.get(key);
    const reply = known ?? script(question);
    if (known === undefined) {
      byKey.set(key, reply);
      asked.push({ key, question, reply, authorization: request.headers.authorization });
    }
    answer(response, reply);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));

  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    requests: () => requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);

  return text;
}

function answer(response: ServerResponse, reply: Reply): void {
  if ('raw' in reply) {
    response.writeHead(200, { 'content-type': reply.type ?? 'text/event-stream' });
    response.write(reply.raw);
    if (reply.breaks === true) setImmediate(() => response.destroy());
    else response.end();
    return;
  }
  if ('status' in reply) {
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(JSON.stringify({ error: { message: `the script says ${reply.status}` } }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (data: object) => response.write(`data: ${JSON.stringify(data)}\n\n`);
  const deltas = deltasOf(reply);
  for (const delta of deltas) send({ choices: [{ index: 0, delta }] });
  if ('cut' in reply) {
    setImmediate(() => response.destroy());
    return;
  }
  const finish = 'calls' in reply ? 'tool_calls' : (reply.finish ?? 'stop');
  send({ choices: [{ index: 0, delta: {}, finish_reason: finish }] });
  if (!('usage' in reply)) send({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 10 } });
  response.end('data: [DONE]\n\n');
}

/** Texts come in parts, and so do the arguments of calls. */
function deltasOf(reply: Exclude<Reply, { status: number } | { raw: string }>): readonly object[] {
  if ('calls' in reply)
    return reply.calls.flatMap(({ name, arguments: given }, index) => [
      { tool_calls: [{ index, id: `c${index}`, type: 'function', function: { name, arguments: '' } }] },
      ...halves(given).map((part) => ({ tool_calls: [{ index, function: { arguments: part } }] })),
    ]);

  return halves('cut' in reply ? reply.cut : reply.text).map((content) => ({ content }));
}

function halves(text: string): readonly string[] {
  const middle = Math.floor(text.length / 2);

  return [text.slice(0, middle), text.slice(middle)];
}
