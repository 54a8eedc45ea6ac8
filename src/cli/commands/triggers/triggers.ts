import { triggerUseCases } from '../../../operations/triggers/use-cases.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted } from '../../invocation.ts';
import { triggerTable } from '../../text/trigger-text.ts';
import { carriedOut, listThere, warnUnattended, withPorts } from '../../with-ports.ts';
import { noteMore, type PageFlags, wantedPage } from '../paged-list.ts';

/** `workflow triggers list`: what starts runs by itself. */
export async function listTriggers(invocation: Invocation, flags: PageFlags): Promise<ExitCode> {
  const { output } = invocation;

  const list = await listThere(invocation, async (ports) => {
    const found = await wantedPage(flags, (input) =>
      carriedOut(invocation, ports, triggerUseCases.list, { input }),
    );
    if (found.items.length > 0) await warnUnattended(invocation, ports.triggers);
    return found;
  });
  output.document('TriggerList', list);
  if (list.items.length === 0)
    output.note('no triggers; a definition has them under "triggers:", and `workflow serve` registers it');
  else output.data(triggerTable(invocation, list.items));
  noteMore(invocation, list);

  return 0;
}

/** Names a trigger: `nightly`, or `reports/nightly` if several definitions have one of that name. */
export function triggerNamed(text: string): { readonly definition?: string; readonly trigger: string } {
  const slash = text.indexOf('/');

  return slash < 0 ? { trigger: text } : { definition: text.slice(0, slash), trigger: text.slice(slash + 1) };
}

export type PauseFlags = { readonly as?: string; readonly reason?: string };
type Named = {
  readonly name: string;
  readonly kind: 'trigger' | 'schedule';
  readonly flags: PauseFlags;
};

/** `workflow triggers pause <trigger>`, `workflow schedules pause <schedule>`: it starts nothing any more. */
export async function pauseTrigger(invocation: Invocation, { name, kind, flags }: Named): Promise<ExitCode> {
  const { output, hint } = invocation;
  const { as, reason } = flags;

  return withPorts<ExitCode>(invocation, async (ports) => {
    const input = { ...triggerNamed(name), kind, reason };
    output.document('TriggerList', await carriedOut(invocation, ports, triggerUseCases.pause, { input, as }));
    output.data(`${name} starts nothing; runs that it has started go on`);
    output.note(`  ${hint(`${kind}s`, 'resume', quoted(name))}`);

    return 0;
  });
}

/** `workflow triggers resume <trigger>`, `workflow schedules resume <schedule>`: it starts runs again. */
export async function resumeTrigger(
  invocation: Invocation,
  { name, kind, flags: { as } }: Named,
): Promise<ExitCode> {
  const { output } = invocation;

  return withPorts<ExitCode>(invocation, async (ports) => {
    const input = { ...triggerNamed(name), kind };
    output.document(
      'TriggerList',
      await carriedOut(invocation, ports, triggerUseCases.resume, { input, as }),
    );
    output.data(`${name} starts runs again`);

    return 0;
  });
}
