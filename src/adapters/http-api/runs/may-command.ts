import { askedNow } from '../../../../machines/agents/asked.ts';
import { controlling, starting } from '../../../../machines/agents/deeds.ts';
import { localId } from '../../../../machines/compile/address.ts';
import { taskAt } from '../../../../machines/compile/task-at.ts';
import type { Definition } from '../../../../machines/definition.ts';
import type { RunCommand, Workflows } from '../../../ports/workflows.ts';
import { placesOf } from '../../../projections/task-order.ts';
import type { Caller } from '../api-deps.ts';
import { mayDo } from '../may-do.ts';

/** Throws RequestRefused where the token of the caller does not reach for a command. The run itself is asked later. */
export async function mayCommand(
  workflows: Pick<Workflows, 'view'>,
  caller: Caller,
  { run, command }: { readonly run: string; readonly command: RunCommand },
): Promise<void> {
  // Without a token, what the principal may is all that counts, and the engine looks at that.
  if (caller.level === undefined) return;
  switch (command.kind) {
    case 'signal':
      return mayDo(caller, { kind: 'signal', name: command.name });
    case 'approve':
    case 'reject':
      return mayAnswer(workflows, caller, { run, task: command.task });
    case 'delegateApproval':
      return mayAnswer(workflows, caller, { run, task: command.task, to: command.to });
    default:
      return mayDo(caller, controlling(command));
  }
}

/** The same for the start of a run. */
export function mayStart(caller: Caller, definition: Definition): void {
  mayDo(caller, starting(definition));
}

type Answer = { readonly run: string; readonly task: string; readonly to?: string };

/** Of a task that asks nobody it is the run that says what is wrong. */
async function mayAnswer(
  workflows: Pick<Workflows, 'view'>,
  caller: Caller,
  { run, task: address, to }: Answer,
): Promise<void> {
  const { definition, state } = await workflows.view(run);
  const task = placesOf(definition).get(localId(address))?.task;
  const known = taskAt(state, address);
  if (task?.type !== 'HUMAN' || known === undefined) return;
  mayDo(caller, { kind: 'approve', task: address, asked: askedNow(task, known), to });
}
