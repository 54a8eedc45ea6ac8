import type { TriggerKind } from '../../../ports/events/trigger-admin.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted } from '../../invocation.ts';
import { granted, triggerNamed, withTriggers } from '../../with-triggers.ts';
import { actorOf } from '../actor.ts';

export type PauseFlags = { readonly as?: string; readonly reason?: string };
type Named = {
  readonly name: string;
  readonly what: TriggerKind;
  readonly flags: PauseFlags;
};

/** `workflow triggers pause <trigger>`, `workflow schedules pause <schedule>`: it starts nothing any more. */
export async function pauseTrigger(invocation: Invocation, { name, what, flags }: Named): Promise<ExitCode> {
  const { output, io, hint } = invocation;

  return withTriggers(invocation, async (desk) => {
    const by = actorOf(io, flags.as);
    const { reason } = flags;
    granted(invocation, await desk.pause(triggerNamed(name), { by, what, reason }));
    output.document('TriggerPaused', { trigger: name, paused: true, by, reason });
    output.data(`${name} starts nothing; runs that it has started go on`);
    output.note(`  ${hint(`${what}s`, 'resume', quoted(name))}`);

    return 0;
  });
}

/** `workflow triggers resume <trigger>`, `workflow schedules resume <schedule>`: it starts runs again. */
export async function resumeTrigger(invocation: Invocation, { name, what, flags }: Named): Promise<ExitCode> {
  const { output, io } = invocation;

  return withTriggers(invocation, async (desk) => {
    const by = actorOf(io, flags.as);
    granted(invocation, await desk.resume(triggerNamed(name), { by, what }));
    output.document('TriggerPaused', { trigger: name, paused: false, by });
    output.data(`${name} starts runs again`);

    return 0;
  });
}
