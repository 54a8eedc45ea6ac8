import { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import type { Acknowledgement, Acknowledgements } from '../ports/acknowledgements.ts';
import type { TriggerMarks } from '../ports/trigger-marks.ts';

const first = 'failure';
/** Whoever writes at the same time has to be met again and again to be in the way so often. */
const triesMax = 20;
const Kept = z.object({ by: z.string(), at: z.string(), note: z.string().optional() });

/** Acknowledgements are kept where engines keep their marks. One that was taken back is `null`. */
export function createAcknowledgements(marks: TriggerMarks): Acknowledgements {
  async function write(key: string, value: Json): Promise<void> {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const before = await marks.read(`${first}/${key}`);
      if ((before?.value ?? null) === null && value === null) return;
      const written = await marks.write(`${first}/${key}`, value, before?.revision ?? 0);
      if (written !== undefined) return;
    }

    throw new AcknowledgementNotKept(key);
  }

  return {
    all: async () => {
      const found = [...(await marks.all(first))].flatMap(([key, { value }]): [string, Acknowledgement][] => {
        const kept = Kept.safeParse(value);
        if (!kept.success) return [];
        const { note, ...rest } = kept.data;
        return [[key.slice(first.length + 1), note === undefined ? rest : { ...rest, note }]];
      });

      return new Map(found);
    },
    set: (key, { by, at, note }) => write(key, note === undefined ? { by, at } : { by, at, note }),
    clear: (key) => write(key, null),
  };
}

/** Others changed the same again and again. The reaction: ask again. */
class AcknowledgementNotKept extends Error {
  override readonly name = 'AcknowledgementNotKept';
  readonly code = 'failure.unavailable';

  constructor(key: string) {
    super(`others changed the acknowledgement of ${key} ${triesMax} times meanwhile; nothing was kept`);
  }
}
