import type { Response } from 'undici';
import type { Json } from '../../events/canonical-json.ts';
import { defined } from '../../machines/language/defined.ts';
import { isMapping } from '../../machines/language/mapping.ts';
import { TaskError } from '../ports/work/handler.ts';
import type { KnownModel } from '../ports/work/models.ts';
import { firstBytes, guardedFetch, reasonOf } from './guarded-fetch.ts';
import { isJsonType } from './request-headers.ts';

const answerBytesMax = 10 * 1024 * 1024;
const refusalBytesMax = 64 * 1024;
const excerptMax = 300;

export type ChatRequest = {
  readonly body: { readonly [key: string]: Json };
  readonly key: string;
  readonly signal: AbortSignal;
  /** Told of what is answered as it comes. */
  readonly onText: (text: string) => void;
};

type ToolCall = { readonly id: string; readonly name: string; readonly arguments: string };

/** What a model answered. `tokens`: as its provider counts them, where it says so. */
export type ChatAnswer = {
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly finish: string | undefined;
  readonly tokens: { readonly input: number; readonly output: number } | undefined;
};

/** A call that gave no answer, with what had come of it: that is paid for as well. */
export class ChatFailure extends Error {
  override readonly name = 'ChatFailure';
  readonly code: string;
  readonly retryable: boolean;
  readonly details: Json | undefined;
  /** Whether the provider had begun to answer, and what with. */
  readonly partial: string | undefined;

  constructor(
    code: string,
    message: string,
    more: { readonly retryable?: boolean; readonly details?: Json; readonly partial?: string } = {},
  ) {
    super(message);
    this.code = code;
    this.retryable = more.retryable ?? false;
    this.details = more.details;
    this.partial = more.partial;
  }

  /** The same, with what had come of the answer. */
  after(partial: string): ChatFailure {
    const { code, message, retryable, details } = this;

    return new ChatFailure(code, message, { ...defined({ retryable, details }), partial });
  }
}

/**
 * One call of a model over the wire that OpenAI, Ollama, vLLM and others speak. The address stands in models.yaml,
 * which whoever runs the engine writes, so it may lead to this machine; what the server redirects to is not followed.
 * Rejects with ChatFailure, and with TaskError where no request may be sent.
 */
export async function askChat(model: KnownModel, request: ChatRequest): Promise<ChatAnswer> {
  const { url, response } = await send(model, request);
  if (response.status !== 200) throw await statusFailure(url, response);
  const answer = createAnswer(request.onText);
  try {
    for await (const data of partsOf(response)) answer.take(data);
  } catch (error) {
    if (error instanceof ChatFailure) throw error.after(answer.text());
    if (error instanceof TaskError) throw error;
    // What the provider says after the last word of an answer is not waited for twice.
    if (answer.isWhole()) return answer.end();
    const { reason } = request.signal;
    if (reason instanceof Error && reason.name === 'TimeoutError') throw late(url, answer.text());
    throw cut(url, answer.text(), request.signal.aborted ? 'the attempt was over' : reasonOf(error).reason);
  }
  if (!answer.isWhole()) throw cut(url, answer.text(), 'the answer ended before it was whole');

  return answer.end();
}

async function send(model: KnownModel, { body, key, signal }: ChatRequest) {
  const url = new URL(`${model.address}/chat/completions`);
  const headers = {
    'content-type': 'application/json',
    accept: 'text/event-stream, application/json',
    'idempotency-key': key,
    ...(model.key === undefined ? {} : { authorization: `Bearer ${model.key}` }),
  };
  const init = {
    method: 'POST',
    headers,
    body: JSON.stringify({
      ...body,
      model: model.name,
      stream: true,
      stream_options: { include_usage: true },
    }),
    signal,
    redirect: 'manual' as const,
  };
  try {
    return { url, response: await guardedFetch({ url, init, mayReachPrivate: () => Promise.resolve(true) }) };
  } catch (error) {
    if (error instanceof TaskError) throw error;
    if (signal.reason instanceof Error && signal.reason.name === 'TimeoutError') throw late(url, '');
    const message = `${url.origin} cannot be asked: ${reasonOf(error).reason}; is the server up, and the address in models.yaml right?`;
    throw new ChatFailure('llm.unavailable', message, { retryable: true });
  }
}

function late(url: URL, partial: string): ChatFailure {
  const message = `${url.origin} did not answer within the timeout of its model in models.yaml`;

  return new ChatFailure('llm.timeout', message, { retryable: true, partial });
}

function cut(url: URL, partial: string, reason: string): ChatFailure {
  return new ChatFailure('llm.cut', `the answer of ${url.origin} was cut off: ${reason}`, {
    retryable: true,
    partial,
  });
}

async function statusFailure(url: URL, response: Response): Promise<ChatFailure> {
  const { status, headers } = response;
  const text = await firstBytes(response, refusalBytesMax).then(String, () => '');
  const said = messageIn(text).slice(0, excerptMax);
  const wait = headers.get('retry-after');
  const details = { status, ...(wait === null ? {} : { retry_after: wait }) };
  const message = `${url.origin} answered ${status}${said === '' ? '' : `, saying: ${said}`}`;
  const isPassing = status === 429 || status === 408 || status >= 500;

  return new ChatFailure(codeOf(status), message, { retryable: isPassing, details });
}

function codeOf(status: number): string {
  if (status === 429) return 'llm.rate-limited';
  if (status === 408 || status >= 500) return 'llm.unavailable';

  return status === 401 || status === 403 ? 'llm.denied' : 'llm.bad-request';
}

function messageIn(text: string): string {
  try {
    const { error } = membersOf(JSON.parse(text) as Json);
    const { message = error } = membersOf(error);
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}

/** An answer comes as a stream of events, or whole from those who know no streams. */
async function* partsOf(response: Response): AsyncGenerator<string> {
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/html')) {
    const said = String(await firstBytes(response, refusalBytesMax)).slice(0, excerptMax);
    throw new ChatFailure(
      'llm.bad-answer',
      `a page came in place of an answer; is the address right? ${said}`,
    );
  }
  if (isJsonType(type)) yield await wholeText(response);
  else yield* eventsOf(response);
}

async function wholeText(response: Response): Promise<string> {
  const bytes = await firstBytes(response, answerBytesMax);
  if (bytes.length > answerBytesMax) throw tooLarge();

  return String(bytes);
}

function tooLarge(): ChatFailure {
  return new ChatFailure('llm.bad-answer', `the answer has more than ${answerBytesMax} bytes`);
}

/** The data of server-sent events, each as it comes. */
async function* eventsOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  // A line may come in very many chunks: what there is of it is not looked through again for each.
  let begun: string[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw tooLarge();
    const [first = '', ...rest] = decoder.decode(chunk, { stream: true }).split('\n');
    begun.push(first);
    if (rest.length === 0) continue;
    const lines = [begun.join(''), ...rest];
    begun = [lines.pop() ?? ''];
    for (const line of lines) if (line.startsWith('data:')) yield line.slice(5).trim();
  }
}

/** Puts an answer together from its parts, or takes it whole. */
function createAnswer(onText: (text: string) => void) {
  let text = '';
  let finish: string | undefined;
  let tokens: ChatAnswer['tokens'];
  let isDone = false;
  const calls = new Map<number, ToolCall>();
  /** Where the parts of a call go: some providers begin each call at the same index. */
  const places = new Map<number, number>();

  function placeOf(index: number, id: Json | undefined): number {
    const known = places.get(index) ?? index;
    const before = calls.get(known)?.id ?? '';
    const isOther = typeof id === 'string' && id !== '' && before !== '' && id !== before;
    const place = isOther ? Math.max(...calls.keys()) + 1 : known;
    places.set(index, place);

    return place;
  }

  function takeCalls(given: Json | undefined): void {
    for (const [position, each] of (Array.isArray(given) ? (given as readonly Json[]) : []).entries()) {
      const { index, id, function: called } = membersOf(each);
      const at = placeOf(isPlace(index) ? index : position, id);
      const call = calls.get(at) ?? { id: '', name: '', arguments: '' };
      calls.set(at, withPart(call, { id, ...membersOf(called) }));
    }
  }

  function takeChoice(choice: Json): void {
    const { delta, message, finish_reason: reason } = membersOf(choice);
    const { content, tool_calls: given } = membersOf(delta ?? message);
    if (typeof content === 'string' && content !== '') {
      text += content;
      onText(content);
    }
    takeCalls(given);
    if (typeof reason === 'string') finish = reason;
  }

  function take(data: string): void {
    if (data === '' || isDone) return;
    if (data === '[DONE]') {
      isDone = true;
      return;
    }
    const part = partOf(data);
    if (part['error'] !== undefined && part['error'] !== null)
      throw new ChatFailure(
        'llm.unavailable',
        `the model broke off: ${messageIn(data).slice(0, excerptMax)}`,
        { retryable: true },
      );
    const { choices, usage } = part;
    if (Array.isArray(choices) && choices[0] !== undefined) takeChoice(choices[0] as Json);
    const { prompt_tokens: input, completion_tokens: output } = membersOf(usage);
    if (isCount(input) && isCount(output)) tokens = { input, output };
  }

  return {
    take,
    text: () => text + [...calls.values()].map((call) => call.arguments).join(''),
    isWhole: () => finish !== undefined || isDone,
    end: (): ChatAnswer => ({ text, calls: [...calls.values()], finish, tokens }),
  };
}

/** The most calls that a turn may ask for. */
const callsMax = 128;

function isPlace(index: Json | undefined): index is number {
  return isCount(index) && index < callsMax;
}

/** A call comes in parts: its name at first, then its arguments as they are made. */
function withPart(call: ToolCall, part: Readonly<Record<string, Json | undefined>>): ToolCall {
  const { id, name, arguments: given } = part;
  const text = typeof given === 'string' ? given : isMapping(given) ? JSON.stringify(given) : '';

  return {
    id: typeof id === 'string' && id !== '' ? id : call.id,
    name: typeof name === 'string' ? call.name + name : call.name,
    arguments: call.arguments + text,
  };
}

function partOf(data: string): Readonly<Record<string, Json>> {
  try {
    // Numbers beside the answer, such as a seed, may have more digits than are kept.
    return membersOf(JSON.parse(data) as Json);
  } catch {
    throw new ChatFailure('llm.bad-answer', `a part of the answer is no JSON: ${data.slice(0, excerptMax)}`, {
      retryable: true,
    });
  }
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function membersOf(value: Json | undefined): Readonly<Record<string, Json>> {
  return isMapping(value) ? value : {};
}
