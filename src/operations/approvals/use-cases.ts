import type { z } from 'zod';
import { type AskedApproval, approvalAt } from '../../../machines/run/decide/asked-approval.ts';
import type { approvalOperations } from '../../api/operations/approvals.ts';
import { ApprovalList, ApprovalNamed, ApprovalPage, ApprovalQuery } from '../../api/people.ts';
import { listReadsMax, mapAtOnce } from '../../lib/limit.ts';
import type { Caller } from '../../ports/access/authority.ts';
import type { RunView, WaitingApproval } from '../../ports/runs/workflows.ts';
import { approvalPage } from '../../projections/agent/approval-page.ts';
import { placesOf } from '../../projections/task/task-order.ts';
import { type Order, pageInTurns } from '../page.ts';
import { runLinesOf } from '../runs/run-lines.ts';
import { type OperationPorts, RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';

type Ports = Pick<OperationPorts, 'workflows' | 'board'>;

/** Approvals: answers to them are commands of their run. */
export const approvalUseCases = {
  list: useCase(ApprovalQuery, ApprovalList, (ports, query, caller) => approvals(ports, caller, query)),
  show: useCase(ApprovalNamed, ApprovalPage, (ports, named, caller) => approval(ports, caller, named)),
} satisfies UseCasesOf<typeof approvalOperations>;

async function approvals(
  ports: Ports,
  { actor }: Caller,
  { mine, ...wanted }: z.output<typeof ApprovalQuery>,
): Promise<ApprovalList> {
  const { workflows, board } = ports;
  await board.ready;
  const isMine = mine !== undefined && mine !== 'false' && mine !== '0';
  const all = await workflows.waitingApprovals(board.lines(), isMine ? { answerableBy: actor } : {});
  const page = await pageInTurns(all, order, wanted);
  const lines = [...new Set(page.items.map(({ run }) => run))].flatMap((run) => board.line(run) ?? []);
  const theirs = isMine ? page.items : await workflows.waitingApprovals(lines, { answerableBy: actor });
  const answerable = new Set(theirs.map(nameOf));
  const views = createViews(ports);
  const items = await mapAtOnce(page.items, listReadsMax, async (each) => {
    const view = await views(each.run);
    const found = view && approvalAt({ ...view, plan: placesOf(view.definition) }, each.address);

    // It may have been answered, or its run set aside, since the page was made.
    return view !== undefined && found?.state.state === 'pending_approval'
      ? [pageOfApproval(ports, found, { view, mayAnswer: answerable.has(nameOf(each)) })]
      : [];
  });

  return { ...page, items: items.flat() };
}

/** The longest waiting first. */
const order: Order<WaitingApproval> = {
  name: 'approvals',
  place: ({ since, run, address }) => [since, run, address],
};

/** Each run is read once for all of its approvals. */
function createViews({ workflows }: Ports): (run: string) => Promise<RunView | undefined> {
  const views = new Map<string, Promise<RunView | undefined>>();

  return (run) => {
    const known =
      views.get(run) ?? workflows.inspect(run).then(({ view, damage }) => (damage ? undefined : view));
    views.set(run, known);

    return known;
  };
}

async function approval(
  ports: Ports,
  { actor }: Caller,
  { run: name, task }: ApprovalNamed,
): Promise<ApprovalPage> {
  const { workflows, board } = ports;
  await board.ready;
  const run = await workflows.resolve(name);
  const view = await workflows.view(run);
  const found = approvalAt({ ...view, plan: placesOf(view.definition) }, task);
  if (found === undefined) {
    const message = `run ${run} has no task "${task}" that asks for an approval`;
    throw new RequestRefused({ code: 'task.unknown', message });
  }
  const theirs = await workflows.approvals({ run, answerableBy: actor });

  return pageOfApproval(ports, found, { view, mayAnswer: theirs.some(({ address }) => address === task) });
}

function pageOfApproval(
  { board }: Ports,
  asked: AskedApproval,
  { view, mayAnswer }: { readonly view: RunView; readonly mayAnswer: boolean },
): ApprovalPage {
  return approvalPage(asked, view, { shortId: runLinesOf(board).shortId(asked.run), mayAnswer });
}

function nameOf({ run, address }: WaitingApproval): string {
  return `${run}/${address}`;
}
