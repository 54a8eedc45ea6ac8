import { askedNow } from '../../../machines/agents/asked.ts';
import type { Deed } from '../../../machines/agents/authority.ts';
import { controlling, starting } from '../../../machines/agents/deeds.ts';
import { localId } from '../../../machines/compile/address.ts';
import { taskAt } from '../../../machines/compile/task-at.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { RunCommand, Workflows } from '../../ports/workflows.ts';
import { placesOf } from '../../projections/task-order.ts';

/**
 * What a command does, as far as who may give it depends on it; the run is read for answers to approvals only.
 * Undefined where it is the run that says what is wrong: such a task asks nobody.
 */
export async function commandDeed(
  workflows: Pick<Workflows, 'view'>,
  run: string,
  command: RunCommand,
): Promise<Deed | undefined> {
  switch (command.kind) {
    case 'signal':
      return { kind: 'signal', name: command.name };
    case 'approve':
    case 'reject':
    case 'delegateApproval':
      return answering(workflows, run, command.task);
    default:
      return controlling(command);
  }
}

async function answering(
  workflows: Pick<Workflows, 'view'>,
  run: string,
  address: string,
): Promise<Deed | undefined> {
  const { definition, state } = await workflows.view(run);
  const task = placesOf(definition).get(localId(address))?.task;
  const known = taskAt(state, address);
  if (task?.type !== 'HUMAN' || known === undefined) return undefined;

  return { kind: 'approve', task: address, asked: askedNow(task, known) };
}

/** The start of a run by the highest registered version; undefined where there is none that can be read. */
export async function startDeed(
  workflows: Pick<Workflows, 'definition'>,
  id: string,
): Promise<Deed | undefined> {
  const stored = await workflows.definition(id);
  if (stored === undefined) return undefined;
  const result = loadDefinition({ file: stored.file, content: stored.text });

  return result.ok ? starting(result.loaded.definition) : undefined;
}
