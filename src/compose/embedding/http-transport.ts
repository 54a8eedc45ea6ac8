import { operationRequest } from '../../api/operations/operation-request.ts';
import { Problem } from '../../api/problem.ts';
import type { EventDocument, EventDocuments } from '../../api/run-parts.ts';
import { pausing } from '../../lib/abort.ts';
import { backoffMs, retryUntilDone } from '../../lib/retry.ts';
import { messageOf } from '../../lib/text.ts';
import { RequestRefused } from '../../operations/use-case.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import { systemClock } from '../system-clock.ts';
import type { Ask, Transport } from './client.ts';

export type HttpAddress = {
  /** The address of `workflow serve`, such as `http://127.0.0.1:7420`. */
  readonly http: string;
  readonly token: string | undefined;
};

/** Nothing answers at the address. The reaction: see whether `workflow serve` runs there, and ask again. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable';
  readonly code = 'server.unreachable';

  constructor(address: string, cause: unknown) {
    super(`nothing answers at ${address}: ${reasonOf(cause)}; is \`workflow serve\` running there?`, {
      cause,
    });
  }
}

const again = { firstMs: 250, mostMs: 10_000 };
const eventsAtATime = 500;

/** Asks an engine by the routes of its operations, which are made of the same declarations. */
export function httpTransport({ http, token }: HttpAddress): Transport {
  const base = http.replace(/\/+$/, '');
  const headers = token === undefined || token === '' ? {} : { Authorization: `Bearer ${token}` };
  const closed = new AbortController();

  async function fetched(path: string, init: RequestInit = {}): Promise<Response> {
    const signals = [closed.signal, ...(init.signal == null ? [] : [init.signal])];
    const response = await fetch(`${base}${path}`, {
      ...init,
      headers: { ...headers, ...init.headers },
      signal: AbortSignal.any(signals),
    }).catch((error: unknown) => {
      throw new ServerUnreachable(base, error);
    });
    if (!response.ok) throw await refusalOf(response, base);

    return response;
  }

  const ask: Ask = async (operation, input, gone) => {
    const request = operationRequest(operation, { ...input });
    if (request === undefined) throw unknownOperation(operation);
    const { path, ...init } = request;

    return (await (await fetched(path, { ...init, signal: gone ?? null })).json()) as never;
  };

  /** Whoever asks for what is not there, or of a server that is not there, is told at once; later it may come back. */
  function read(run: string, after: number, signal: AbortSignal): Promise<EventDocuments> {
    return retryUntilDone(
      () => ask('history.read', { run, after, limit: eventsAtATime }),
      async (error, failures) => {
        if (after === 0 || signal.aborted || !isPassing(error)) throw error;
        await pausing(systemClock, backoffMs(again, failures), signal);
      },
    );
  }

  /** The events behind that one. Rejects with RunQuarantined. */
  async function* behind(run: string, after: number, signal: AbortSignal): AsyncGenerator<EventDocument> {
    for (let last = after; ; ) {
      const { events: found } = await read(run, last, signal);
      for (const event of found) {
        if (event.damage !== undefined) throw new RunQuarantined(event.damage);
        last = event.sequence;
        yield event;
      }
      if (found.length < eventsAtATime) return;
    }
  }

  /** Yields whenever there may be news of the run: for every message, that the stream is alive as well. */
  async function* news(run: string, signal: AbortSignal): AsyncGenerator<void> {
    yield;
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        const { body } = await fetched(`/api/v1/stream?run=${encodeURIComponent(run)}`, { signal });
        for await (const _ of body ?? []) {
          yield;
          failures = 0;
        }
      } catch (error) {
        if (error instanceof RequestRefused && !isPassing(error)) throw error;
      }
      await pausing(systemClock, backoffMs(again, failures), signal);
    }
  }

  async function* events(run: string, signal: AbortSignal): AsyncGenerator<EventDocument> {
    let last = 0;
    try {
      for await (const _ of news(run, signal)) {
        for await (const event of behind(run, last, signal)) {
          last = event.sequence;
          yield event;
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  return { ask, events, isPassing, close: async () => closed.abort() };
}

/** What an engine says to a request. */
class HttpRefused extends RequestRefused {
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;

  constructor({ code, detail: message, problems, fix, retryable }: Problem) {
    super({ code, message, ...(problems === undefined ? {} : { problems }) }, fix);
    this.retryable = retryable;
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof ServerUnreachable || (error instanceof HttpRefused && error.retryable);
}

function unknownOperation(name: string): RequestRefused {
  return new RequestRefused({
    code: 'client.unknown-operation',
    message: `there is no operation "${name}" that can be asked for over HTTP; the reference of the server, /reference, names those there are`,
  });
}

async function refusalOf(response: Response, base: string): Promise<RequestRefused> {
  const text = await response.text().catch(() => '');
  const problem = Problem.safeParse(jsonOf(text)).data;
  if (problem !== undefined) return new HttpRefused(problem);

  return new RequestRefused({
    code: 'server.answer',
    message: `${base} answered ${response.status}, and nothing that an engine says: is it the address of \`workflow serve\`?`,
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What fetch says is the same for everything; its cause says what it was. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? messageOf(error.cause) : messageOf(error);
}
