import { controllingTrigger } from '../../../machines/agents/actions.ts';
import type { Authority } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  PauseMark,
  TriggerKind,
  TriggerName,
  TriggerRefusal,
  TriggersDesk,
} from '../../ports/events/trigger-admin.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import type { MarkChange } from '../marks.ts';
import { type KnownTrigger, keyedSchedules, namedTrigger } from './known-triggers.ts';
import { createPauseMarks, pausedKey } from './paused-triggers.ts';

export type PausesDeps = {
  readonly known: () => Promise<readonly KnownTrigger[]>;
  readonly marks: MarkStore;
  readonly authority: Authority;
  readonly clock: Clock;
};

type Pause = { readonly by: string; readonly reason?: string | undefined };
type PauseChange = MarkChange<PauseMark, TriggerRefusal | undefined>;
type Asked = {
  readonly name: TriggerName;
  readonly what: TriggerKind;
  readonly by: string;
  /** As in "pausing nightly". */
  readonly doing: 'pausing' | 'resuming';
  readonly change: (before: PauseMark | undefined) => PauseChange;
};

/** Has triggers start nothing until they are resumed, for those who may. */
export function createPauses(deps: PausesDeps): Pick<TriggersDesk, 'pause' | 'resume'> {
  const marks = createPauseMarks(deps.marks);

  async function changed({ name, what, by, doing, change }: Asked): Promise<TriggerRefusal | undefined> {
    const refusal = deps.authority.refusal(by, controllingTrigger(doing, name.trigger));
    if (refusal !== undefined) return refusal;
    const known = await deps.known();
    const among = what === 'trigger' ? known : [...keyedSchedules(known).values()];
    const found = namedTrigger(among, name, what);
    if ('code' in found) return found;

    const key = pausedKey(found.ref.id, found.compiled.id);

    return (await marks.change(key, ({ value }) => change(value))).result;
  }

  return {
    pause: (name, { by, what = 'trigger', reason }) => {
      const at = new Date(deps.clock.now()).toISOString();
      const change = (before: PauseMark | undefined) => paused(name, before, { by, at, reason });
      return changed({ name, what, by, doing: 'pausing', change });
    },
    resume: (name, { by, what = 'trigger' }) =>
      changed({ name, what, by, doing: 'resuming', change: (before) => resumed(name, before) }),
  };
}

function paused(
  { trigger }: TriggerName,
  before: PauseMark | undefined,
  { by, at, reason }: Pause & { readonly at: string },
): PauseChange {
  if (before === undefined) {
    return { to: { value: { by, at, ...(reason === undefined ? {} : { reason }) } }, result: undefined };
  }
  const message = `${trigger} is paused already, since ${before.at} by ${before.by}`;

  return { result: { code: 'trigger.already-paused', message } };
}

function resumed({ trigger }: TriggerName, before: PauseMark | undefined): PauseChange {
  if (before !== undefined) return { to: { value: null }, result: undefined };

  return { result: { code: 'trigger.not-paused', message: `${trigger} is not paused` } };
}
