import type { Json } from '../../../events/canonical-json.ts';
import type { Authority } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  TriggerKind,
  TriggerName,
  TriggerRefusal,
  TriggersDesk,
} from '../../ports/events/trigger-admin.ts';
import type { TriggerMarks } from '../../ports/events/trigger-marks.ts';
import { changeMark, type MarkChange } from './change-mark.ts';
import { type KnownTrigger, keyedSchedules, namedTrigger } from './known-triggers.ts';
import { pausedKey, pauseIn } from './paused-triggers.ts';

export type PausesDeps = {
  readonly known: () => Promise<readonly KnownTrigger[]>;
  readonly marks: Pick<TriggerMarks, 'read' | 'write'>;
  readonly authority: Authority;
  readonly clock: Clock;
};

type Pause = { readonly by: string; readonly reason?: string | undefined };
type Asked = {
  readonly name: TriggerName;
  readonly what: TriggerKind;
  readonly by: string;
  /** As in "pausing nightly". */
  readonly doing: string;
  readonly change: (before: Json | undefined) => MarkChange<undefined>;
};

/** Has triggers start nothing until they are resumed, for those who may. */
export function createPauses(deps: PausesDeps): Pick<TriggersDesk, 'pause' | 'resume'> {
  async function changed({ name, what, by, doing, change }: Asked): Promise<TriggerRefusal | undefined> {
    const refusal = deps.authority.refusal(by, { kind: 'control', what: `${doing} ${name.trigger}` });
    if (refusal !== undefined) return refusal;
    const known = await deps.known();
    const among = what === 'trigger' ? known : [...keyedSchedules(known).values()];
    const found = namedTrigger(among, name, what);
    if ('code' in found) return found;

    return changeMark(deps.marks, pausedKey(found.ref.id, found.compiled.id), change);
  }

  return {
    pause: (name, { by, what = 'trigger', reason }) => {
      const at = new Date(deps.clock.now()).toISOString();
      const change = (before: Json | undefined) => paused(name, before, { by, at, reason });
      return changed({ name, what, by, doing: 'pausing', change });
    },
    resume: (name, { by, what = 'trigger' }) =>
      changed({ name, what, by, doing: 'resuming', change: (before) => resumed(name, before) }),
  };
}

function paused(
  { trigger }: TriggerName,
  before: Json | undefined,
  { by, at, reason }: Pause & { readonly at: string },
): MarkChange<undefined> {
  const pause = pauseIn(before);
  if (pause === undefined) {
    return { value: { by, at, ...(reason === undefined ? {} : { reason }) }, result: undefined };
  }
  const message = `${trigger} is paused already, since ${pause.at} by ${pause.by}`;

  return { code: 'trigger.already-paused', message };
}

function resumed({ trigger }: TriggerName, before: Json | undefined): MarkChange<undefined> {
  if (pauseIn(before) !== undefined) return { value: null, result: undefined };

  return { code: 'trigger.not-paused', message: `${trigger} is not paused` };
}
