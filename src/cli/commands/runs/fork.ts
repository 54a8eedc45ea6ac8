import type { Json } from '../../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../../events/record.ts';
import type { RunView, Workflows } from '../../../ports/runs/workflows.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { followAndReport, timeoutOf } from '../../follow/report-run.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { readEdits } from '../../start/read-input.ts';
import { actorOf } from '../actor.ts';
import { accepted } from '../approvals/answer.ts';
import { eventNumber } from '../triggers/event-number.ts';
import { reasonOption } from './change.ts';
import type { GoingOnFlags } from './going-on.ts';
import { namedRun } from './named-run.ts';
import type { EditFlags } from './retry.ts';

export type ForkFlags = GoingOnFlags & EditFlags & { readonly at: string; readonly reason?: string };
type Inputs = Readonly<Record<string, Json>>;

/** `workflow fork <run> --at <n>`: a new run that goes on from an event of an old one, which stays as it is. */
export async function fork(invocation: Invocation, name: string, flags: ForkFlags): Promise<ExitCode> {
  const { io, output, hint } = invocation;
  const at = eventNumber(flags.at, '--at');
  const timeout = timeoutOf(flags);

  return withSession<ExitCode>(invocation, 'embedded', async (session) => {
    const { workflows } = session;
    const old = await namedRun(invocation, workflows, name);
    const input = await forkedInput(invocation, workflows, { run: old, at, flags });
    const answer = await workflows.fork({
      run: old,
      at,
      actor: actorOf(io, flags.as),
      ...(input === undefined ? {} : { input }),
      ...reasonOption(flags),
    });
    // A refused fork has no run of its own: show the old one.
    const from = accepted(answer.ok ? answer : { ...answer, run: old }, hint);
    const { run } = answer;
    output.note(`run ${run}  forked from event ${at} of ${old}`);
    if (flags.detach !== true) return followAndReport(invocation, session, { run, from, ...timeout });
    const owner = await workflows.adopt(run);
    output.document('Run', { run, forkedFrom: { run: old, at }, sequence: from, owner });
    output.data(run);

    return 0;
  });
}

async function forkedInput(
  { io }: Invocation,
  workflows: Workflows,
  { run, at, flags }: { readonly run: string; readonly at: number; readonly flags: EditFlags },
): Promise<Inputs | undefined> {
  const { input: pairs = [], inputFile: file } = flags;
  if (pairs.length === 0 && file === undefined) return undefined;
  const { definition, state } = await viewAt(workflows, run, at);

  return readEdits(definition, state.input, { sources: { pairs, file }, io });
}

/** The run as of the event: its input may have been edited later, and later records may be damaged. */
async function viewAt(workflows: Workflows, run: string, at: number): Promise<RunView> {
  const records: JournalRecord[] = [];
  for await (const entry of workflows.history(run)) {
    if ('problem' in entry || entry.record.sequence > at) break;
    records.push(entry.record);
  }

  return workflows.viewOf(run, records);
}
