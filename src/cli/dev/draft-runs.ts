import { onAbort } from '../../lib/abort.ts';
import { messageOf } from '../../lib/text.ts';
import type { FolderDefinition } from '../../ports/definitions/definitions-folder.ts';
import type { Workflows } from '../../ports/runs/workflows.ts';
import { shortId } from '../../terminal/render/short-id.ts';
import { actorOf } from '../commands/actor.ts';
import { accepted } from '../commands/approvals/answer.ts';
import { type Followed, followRun } from '../follow/follow-run.ts';
import { verdict } from '../follow/frame.ts';
import { outputLines, reportWaiting, whyText } from '../follow/report-run.ts';
import type { Invocation } from '../invocation.ts';
import type { DraftInput } from './draft-input.ts';

/** The runs of the drafts of one `workflow dev`: of each definition the latest. */
export type DraftRuns = {
  /** Starts a run of a draft, in place of the run of the draft before it, and tells what becomes of it. */
  readonly start: (draft: FolderDefinition, input: DraftInput) => Promise<void>;
  /** A line for each that has not ended. */
  readonly open: () => readonly string[];
  /** Tells of no run any more. */
  readonly close: () => void;
};

type Current = { readonly run: string; readonly stop: AbortController; isOver: boolean };

export function createDraftRuns(invocation: Invocation, workflows: Workflows): DraftRuns {
  const { io, output, hint } = invocation;
  const actor = actorOf(io, undefined);
  const latest = new Map<string, Current>();

  /** Of a definition that waits for somebody, each save would leave one more run that does. */
  async function cancelBefore(id: string): Promise<void> {
    const before = latest.get(id);
    before?.stop.abort();
    if (before === undefined || before.isOver) return;
    const reason = 'workflow dev has started another draft';
    // It may have ended by now.
    await workflows.command(before.run, { kind: 'cancelRun', reason }, actor).catch(() => undefined);
  }

  async function start({ loaded, file }: FolderDefinition, { input, from }: DraftInput): Promise<void> {
    const { id, version } = loaded.ref;
    await cancelBefore(id);
    const answer = await workflows.start({ definition: loaded, file, input, actor });
    const at = accepted(answer, hint);
    const current: Current = { run: answer.run, stop: new AbortController(), isOver: false };
    latest.set(id, current);
    const about = `${id} v${version} draft  ${shortId(answer.run)}`;
    output.note(
      `${output.notePaint.bold(about)}${from === '' ? '' : output.notePaint.dim(`  with ${from}`)}`,
    );
    void follow(invocation, workflows, { current, at }).catch((error: unknown) =>
      output.warn(`run ${shortId(answer.run)} is not followed any more: ${messageOf(error)}`),
    );
  }

  return {
    start,
    open: () =>
      [...latest]
        .filter(([, { isOver }]) => !isOver)
        .map(([id, { run }]) => `${id} draft  ${shortId(run)}  has not ended`),
    close: () => {
      for (const { stop } of latest.values()) stop.abort();
    },
  };
}

/** A run that waits is followed on: whoever is asked answers it elsewhere. */
async function follow(
  invocation: Invocation,
  workflows: Workflows,
  { current, at }: { readonly current: Current; readonly at: number },
): Promise<void> {
  const { run, stop } = current;
  const { io, output } = invocation;
  // Lines of agents come between: nothing can be drawn over.
  const lines = {
    ...io,
    stderrIsTty: false,
    onInterrupt: (end: () => void) => onAbort(stop.signal, end),
  };
  let from = at;
  let told = '';
  while (!stop.signal.aborted) {
    const followed = await followRun({ workflows, run, from, io: lines, output });
    if (stop.signal.aborted) return;
    if (followed.kind === 'ended') {
      current.isOver = true;
      tellEnd(invocation, followed);
      return;
    }
    if (followed.kind !== 'people') return;
    const waits = `${[...followed.people, ...followed.unattended].join(' ')}`;
    if (waits !== told) reportWaiting(invocation, followed);
    told = waits;
    from = followed.view.sequence + 1;
  }
}

function tellEnd({ output, io }: Invocation, { view }: Extract<Followed, { kind: 'ended' }>): void {
  const isGood = view.state.status === 'COMPLETED';
  if (!isGood) output.data(whyText(view, output));
  output.data(verdict(view, output.paint, io.clock.now()));
  if (isGood) for (const line of outputLines(view)) output.data(line);
}
