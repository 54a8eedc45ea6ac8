import type { AskedCommand } from '../../api/commands.ts';
import type { DeadLetter } from '../../ports/runs/dead-letters.ts';
import type { RunCommand, Workflows } from '../../ports/runs/workflows.ts';
import { RequestRefused } from '../api.ts';
import { requestedEdit } from './checked-input.ts';

type Asking = {
  readonly run: string;
  /** Who answers approvals. */
  readonly by: string;
  /** The dead letters of all runs, where they were read already: many runs have to be read for them. */
  readonly letters?: readonly DeadLetter[] | undefined;
};

/** What is asked of a run as the engine takes it. Throws RequestRefused. */
export async function runCommand(
  workflows: Workflows,
  asked: AskedCommand,
  { run, by, letters }: Asking,
): Promise<RunCommand> {
  switch (asked.kind) {
    case 'approve':
    case 'reject':
    case 'delegateApproval':
      return { ...asked, by };
    case 'signal':
      return { ...asked, data: asked.data ?? {} };
    case 'rerun':
      return rerun(workflows, run, asked);
    case 'dropDeadLetter':
      refuseUnlessDropped(letters ?? (await workflows.deadLetters()), run);
      return asked;
    default:
      return asked;
  }
}

type Rerun = Extract<AskedCommand, { kind: 'rerun' }>;

async function rerun(
  workflows: Workflows,
  run: string,
  { input: edits, ...asked }: Rerun,
): Promise<RunCommand> {
  if (edits === undefined || Object.keys(edits).length === 0) return asked;
  const { definition, state } = await workflows.view(run);

  return { ...asked, input: requestedEdit(definition, state.input, edits) };
}

/** A run that waits for somebody is no dead letter that could be dropped: it has to be ended, or gone on with. */
function refuseUnlessDropped(letters: readonly DeadLetter[], run: string): void {
  const letter = letters.find((each) => each.run === run);
  if (letter === undefined)
    throw new RequestRefused({ code: 'dead-letter.none', message: `run ${run} has no dead letter` });
  if (letter.status !== 'PAUSED') return;
  const message = `run ${run} waits for somebody because of ${letter.task}; skip that task, or cancel the run`;
  throw new RequestRefused({ code: 'dead-letter.paused', message });
}
