import { z } from 'zod';
import type { MarkStore } from '../../ports/mark-store.ts';
import type { FailureTriage, Triage } from '../../ports/runs/failure-triage.ts';
import { createMarks, type Marks } from '../marks.ts';

/** What the marks of each kind begin with. */
const places = { acknowledged: 'failure', assigned: 'failure-assigned', muted: 'failure-muted' } as const;
const said = { by: z.string(), at: z.string() };
const note = z.string().exactOptional();
const Acknowledged = z.object({ ...said, note });
const Assigned = z.object({ ...said, to: z.string() });
const Muted = z.object({ ...said, note, until: z.string(), definition: z.string(), version: z.int() });

/** What people say of failures is kept where engines keep their marks. What was taken back is `null`. */
export function createFailureTriage(store: MarkStore): FailureTriage {
  const kinds = {
    acknowledged: createMarks(store, Acknowledged),
    assigned: createMarks(store, Assigned),
    muted: createMarks(store, Muted),
  };

  async function write<Value>(marks: Marks<Value>, key: string, value: Value): Promise<void> {
    await marks.change(key, () => ({ to: { value }, result: undefined }));
  }

  async function clear<Value>(marks: Marks<Value>, key: string): Promise<void> {
    const gone = { to: { value: null }, result: undefined };
    await marks.change(key, ({ value }) => (value === undefined ? { result: undefined } : gone));
  }

  async function read<Value>(marks: Marks<Value>, place: string): Promise<ReadonlyMap<string, Value>> {
    const found = await marks.values(place);

    return new Map([...found].map(([key, value]) => [key.slice(place.length + 1), value]));
  }

  return {
    all: async () => {
      const [acknowledged, assigned, muted] = await Promise.all([
        read(kinds.acknowledged, places.acknowledged),
        read(kinds.assigned, places.assigned),
        read(kinds.muted, places.muted),
      ]);
      const keys = new Set([acknowledged, assigned, muted].flatMap((each) => [...each.keys()]));

      return new Map([...keys].map((key) => [key, triageOf(key, { acknowledged, assigned, muted })]));
    },
    mutes: () => read(kinds.muted, places.muted),
    set: async (key, { acknowledged, assigned, muted }) => {
      if (acknowledged !== undefined)
        await write(kinds.acknowledged, `${places.acknowledged}/${key}`, acknowledged);
      if (assigned !== undefined) await write(kinds.assigned, `${places.assigned}/${key}`, assigned);
      if (muted !== undefined) await write(kinds.muted, `${places.muted}/${key}`, muted);
    },
    clear: (key, kind) => clear<unknown>(kinds[kind], `${places[kind]}/${key}`),
  };
}

type Kept = { readonly [Kind in keyof Triage]-?: ReadonlyMap<string, NonNullable<Triage[Kind]>> };

function triageOf(key: string, kept: Kept): Triage {
  const acknowledged = kept.acknowledged.get(key);
  const assigned = kept.assigned.get(key);
  const muted = kept.muted.get(key);

  return {
    ...(acknowledged === undefined ? {} : { acknowledged }),
    ...(assigned === undefined ? {} : { assigned }),
    ...(muted === undefined ? {} : { muted }),
  };
}
