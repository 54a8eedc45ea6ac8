// A board over a journal in memory, and the routes of an API over it, asked as any client asks.

import { OpenAPIHono } from '@hono/zod-openapi';
import type { StreamMessage } from '../../src/api/stream.ts';
import { createBoard } from '../../src/engine/board/board.ts';
import type { ApiEnv } from '../../src/http/api.ts';
import { createAsyncQueue } from '../../src/lib/async-queue.ts';
import type { Alert } from '../../src/ports/events/alert-delivery.ts';
import type { Board } from '../../src/ports/runs/board.ts';
import type { Journal } from '../../src/ports/runs/journal.ts';
import type { LiveOutput, PrintedLines } from '../../src/ports/work/live-output.ts';
import { createMemoryJournal } from '../../src/stores/memory/journal.ts';
import { indexedJournal } from '../support/indexed.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createRecordWriter } from '../support/records.ts';

export const one = 'run-a';
export const two = 'run-b';

export type LiveWorld = ReturnType<typeof openLiveWorld>;

export function openLiveWorld(journal = createMemoryJournal()) {
  const clock = createManualClock();
  const board = createBoard({ ...indexedJournal(journal), clock, onTrouble: () => {} });
  const listeners = new Set<(alert: Alert) => void>();
  const clients = { count: 0 };
  const depths = new Map<string, { readonly waiting: number; readonly taken: number }>();
  const live = createPrinted();
  const deps = {
    board,
    clock,
    agents: { agents: () => [], invalid: undefined, depths: async () => new Map(depths) } as never,
    alertFeed: {
      onAlert: (listener: (alert: Alert) => void) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    portsOf: () => ({ workflows: { printing: live.printing } }) as never,
    metrics: {
      request: () => {},
      streamClients: (change: 1 | -1) => {
        clients.count += change;
      },
      text: async () => ({ type: '', body: '' }),
    },
  };

  return {
    journal,
    clock,
    board,
    deps,
    depths,
    clients,
    print: live.print,
    write: createWriting(journal),
    say: (alert: Alert) => {
      for (const listener of listeners) listener(alert);
    },
  };
}

/** What attempts print, as listeners hear it. */
function createPrinted() {
  const heard = new Set<{ readonly run: string; readonly push: (printed: PrintedLines) => void }>();
  const printing: LiveOutput['printing'] = (run, signal) => {
    const queue = createAsyncQueue<PrintedLines>();
    const listener = { run, push: queue.push };
    heard.add(listener);
    signal.addEventListener('abort', () => {
      heard.delete(listener);
      queue.end();
    });

    return queue.items();
  };

  return {
    printing,
    print: (run: string, printed: PrintedLines) => {
      for (const each of heard) if (each.run === run) each.push(printed);
    },
  };
}

/** Writes the next record of a run; answers its position. */
export function createWriting(journal: Journal) {
  const writers = new Map<string, ReturnType<typeof createRecordWriter>>();
  const last = new Map<string, number>();

  return async (run: string, padding?: string): Promise<number> => {
    const writer = writers.get(run) ?? createRecordWriter(run);
    writers.set(run, writer);
    const position = await journal.append(writer.next(last.get(run) ?? 0, padding));
    last.set(run, position);

    return position;
  };
}

export function openApi(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>();
}

/** Resolves when the board has seen the position. */
export function seen(board: Board, position: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (board.position() < position) return;
      stop();
      resolve();
    };
    const stop = board.onLanded(look);
    look();
  });
}

export type Told = StreamMessage | { readonly kind: 'comment'; readonly text: string };

/** Reads what a stream says, one message at a time. */
export function readStream(response: Response) {
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error('the answer has no body');
  const decoder = new TextDecoder();
  let text = '';

  return {
    next: async (): Promise<Told> => {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          return toldBy(block);
        }
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended behind ${JSON.stringify(text)}`);
        text += decoder.decode(value, { stream: true });
      }
    },
    stop: () => reader.cancel(),
  };
}

function toldBy(block: string): Told {
  const lines = block.split('\n');
  const data = lines.find((line) => line.startsWith('data: '));
  if (data === undefined) return { kind: 'comment', text: block };
  const message: StreamMessage = JSON.parse(data.slice('data: '.length));
  const id = lines.find((line) => line.startsWith('id: '))?.slice('id: '.length);
  const position = 'position' in message ? String(message.position) : undefined;
  if (id !== position) throw new Error(`the id ${id} is not the position ${position}`);

  return message;
}
