import type { StreamMessage } from '../../../api/stream.ts';
import type { Board, Landed } from '../../../ports/board.ts';
import { noteOfRecord } from '../../../projections/fact-note.ts';
import { runLinesOf } from '../runs/run-lines.ts';

/** What landed as a message of the stream, as text: made once, however many are told. */
export function streamTexts(board: Board): (landed: Landed) => string {
  const lines = runLinesOf(board);
  const texts = new WeakMap<Landed, string>();

  return (landed) => {
    const known = texts.get(landed);
    if (known !== undefined) return known;
    const { position, run, record, line } = landed;
    const { task } = record.data.fact;
    const text = sseText({
      kind: 'run',
      position,
      run,
      sequence: record.sequence,
      type: record.type,
      time: record.time,
      ...(typeof task === 'string' ? { task } : {}),
      actor: record.actor,
      note: noteOfRecord(record),
      line: lines.lineOf(line),
    });
    texts.set(landed, text);

    return text;
  };
}

/** A message as it goes over the wire: one that has a position has it as its id. JSON holds no line breaks. */
export function sseText(message: StreamMessage): string {
  const id = 'position' in message ? `id: ${message.position}\n` : '';

  return `${id}data: ${JSON.stringify(message)}\n\n`;
}
