import type { Json } from '../../../events/canonical-json.ts';
import type { TriggerRefusal } from '../../ports/events/trigger-admin.ts';
import type { TriggerMarks } from '../../ports/events/trigger-marks.ts';

/** What a mark is to hold, with what came of that; or why it stays as it is. */
export type MarkChange<Result> = { readonly value: Json; readonly result: Result } | TriggerRefusal;

/** Whoever is not the first begins anew; so often in a row is no accident. */
const triesMax = 100;

/** Somebody else changes a mark all the time. The reaction: try again later. */
class MarkBusy extends Error {
  override readonly name = 'MarkBusy';
  readonly code = 'trigger.busy';

  constructor(key: string) {
    super(
      `the mark ${key} was changed by others ${triesMax} times while it was to be changed; try again later`,
    );
  }
}

/** Changes a mark as `change` says, which is asked anew whenever somebody else was first. Rejects with MarkBusy. */
export async function changeMark<Result>(
  marks: Pick<TriggerMarks, 'read' | 'write'>,
  key: string,
  change: (before: Json | undefined) => MarkChange<Result>,
): Promise<Result | TriggerRefusal> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const kept = await marks.read(key);
    const changed = change(kept?.value);
    if (!('value' in changed)) return changed;
    if ((await marks.write(key, changed.value, kept?.revision ?? 0)) !== undefined) return changed.result;
  }

  throw new MarkBusy(key);
}
