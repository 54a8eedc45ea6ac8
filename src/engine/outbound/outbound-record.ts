import type { Json } from '../../../events/canonical-json.ts';
import type { JournalRecord, Transition } from '../../../events/record.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import { defined } from '../../../machines/language/defined.ts';
import { BlobNeeded, unclaimed } from '../../../machines/run/record/claim-check.ts';
import { emptyAside, type Run } from '../../../machines/run/run.ts';

/** A record, and what is known beside it: `chart` and `run` (as it was then) are absent where they cannot be had. */
export type ToldRecord = {
  readonly record: JournalRecord;
  /** All of them, also those that the record leaves out. */
  readonly transitions: readonly Transition[];
  readonly chart?: Chart | undefined;
  readonly run?: Run | undefined;
};

/** What is larger is left out: whoever needs it asks for the run. */
const valueBytesMax = 64 * 1024;
const noBlobs = { aside: emptyAside };

/** What every event says of its run. */
export function ofRun({ record }: ToldRecord) {
  const { definition, status, startedAt, trigger, parent } = record.data.head;

  return {
    run: record.id.slice(0, record.id.lastIndexOf('/')),
    sequence: record.sequence,
    definition: { id: definition.id, version: definition.version },
    status,
    actor: record.actor,
    startedAt,
    ...defined({ trigger, parent }),
  };
}

/** The value; undefined where it is too large to be told, or so large that the journal has it elsewhere. */
export function small(value: Json): Json | undefined {
  const content = unlessElsewhere(() => unclaimed(noBlobs, value));
  if (content === undefined) return undefined;

  return Buffer.byteLength(JSON.stringify(content)) <= valueBytesMax ? content : undefined;
}

/** What it comes to; undefined where it needs a value that the journal has elsewhere. */
export function unlessElsewhere<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof BlobNeeded) return undefined;
    throw error;
  }
}
