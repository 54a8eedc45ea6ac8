import type { HistoryEntry } from '../../ports/runs/workflows.ts';
import { entryDocument } from '../../projections/run/run-document.ts';

/** The entries of a history as text, one JSON document per line, read only as fast as somebody takes them. */
export function entryLines(entries: AsyncIterable<HistoryEntry>): ReadableStream<Uint8Array> {
  const source = entries[Symbol.asyncIterator]();
  const encoder = new TextEncoder();

  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await source.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(`${JSON.stringify(entryDocument(value))}\n`));
    },
    cancel: async () => void (await source.return?.()),
  });
}
