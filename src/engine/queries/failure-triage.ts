import { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import type { TriggerMarks } from '../../ports/events/trigger-marks.ts';
import type { FailureTriage, Triage } from '../../ports/runs/failure-triage.ts';

/** What the marks of each kind begin with. */
const places = { acknowledged: 'failure', assigned: 'failure-assigned', muted: 'failure-muted' } as const;
/** Whoever writes at the same time has to be met again and again to be in the way so often. */
const triesMax = 20;

const said = { by: z.string(), at: z.string() };
const note = z.string().exactOptional();
const Acknowledged = z.object({ ...said, note });
const Assigned = z.object({ ...said, to: z.string() });
const Muted = z.object({ ...said, note, until: z.string(), definition: z.string(), version: z.int() });

/** What people say of failures is kept where engines keep their marks. What was taken back is `null`. */
export function createFailureTriage(marks: TriggerMarks): FailureTriage {
  async function write(key: string, value: Json): Promise<void> {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const before = await marks.read(key);
      if ((before?.value ?? null) === null && value === null) return;
      const written = await marks.write(key, value, before?.revision ?? 0);
      if (written !== undefined) return;
    }

    throw new TriageNotKept(key);
  }

  /** What is no such thing was spoilt by hand, and is none. */
  async function read<Value>(kind: keyof Triage, schema: z.ZodType<Value>): Promise<Map<string, Value>> {
    const place = places[kind];
    const found = [...(await marks.all(place))].flatMap(([key, { value }]): [string, Value][] => {
      const kept = schema.safeParse(value);
      return kept.success ? [[key.slice(place.length + 1), kept.data]] : [];
    });

    return new Map(found);
  }

  return {
    all: async () => {
      const [acknowledged, assigned, muted] = await Promise.all([
        read('acknowledged', Acknowledged),
        read('assigned', Assigned),
        read('muted', Muted),
      ]);
      const keys = new Set([acknowledged, assigned, muted].flatMap((each) => [...each.keys()]));

      return new Map([...keys].map((key) => [key, triageOf(key, { acknowledged, assigned, muted })]));
    },
    mutes: () => read('muted', Muted),
    set: async (key, { acknowledged, assigned, muted }) => {
      if (acknowledged !== undefined) await write(`${places.acknowledged}/${key}`, { ...acknowledged });
      if (assigned !== undefined) await write(`${places.assigned}/${key}`, { ...assigned });
      if (muted !== undefined) await write(`${places.muted}/${key}`, { ...muted });
    },
    clear: (key, kind) => write(`${places[kind]}/${key}`, null),
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

/** Others changed the same again and again. The reaction: ask again. */
class TriageNotKept extends Error {
  override readonly name = 'TriageNotKept';
  readonly code = 'failure.unavailable';

  constructor(key: string) {
    super(`others changed the mark ${key} ${triesMax} times meanwhile; nothing was kept`);
  }
}
