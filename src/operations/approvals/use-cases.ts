import type { z } from 'zod';
import { type AskedApproval, approvalAt } from '../../../machines/run/decide/asked-approval.ts';
import type { approvalOperations } from '../../api/operations/approvals.ts';
import { ApprovalList, ApprovalNamed, ApprovalPage, ApprovalQuery } from '../../api/people.ts';
import type { Caller } from '../../ports/access/authority.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { approvalPage } from '../../projections/agent/approval-page.ts';
import { placesOf } from '../../projections/task/task-order.ts';
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
  { mine, limit }: z.output<typeof ApprovalQuery>,
): Promise<ApprovalList> {
  const { workflows, board } = ports;
  await board.ready;
  const isMine = mine !== undefined && mine !== 'false' && mine !== '0';
  // Asked at once, both share one reading of the runs.
  const [theirs, all] = await Promise.all([
    workflows.approvals({ answerableBy: actor }),
    isMine ? undefined : workflows.approvals(),
  ]);
  const asked = all ?? theirs;
  const mayAnswer = new Set(theirs.map(nameOf));
  const views = new Map<string, Promise<RunView | undefined>>();
  const viewOf = (run: string): Promise<RunView | undefined> => {
    const known = views.get(run) ?? workflows.inspect(run).then(({ view }) => view);
    views.set(run, known);
    return known;
  };
  const pages = await Promise.all(
    asked.slice(0, limit).map(async (each) => {
      const view = await viewOf(each.run);
      return view && pageOf(ports, each, { view, mayAnswer: mayAnswer.has(nameOf(each)) });
    }),
  );

  return { total: asked.length, approvals: pages.filter((page) => page !== undefined) };
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

  return pageOf(ports, found, { view, mayAnswer: theirs.some(({ address }) => address === task) });
}

function pageOf(
  { board }: Ports,
  asked: AskedApproval,
  { view, mayAnswer }: { readonly view: RunView; readonly mayAnswer: boolean },
): ApprovalPage {
  return approvalPage(asked, view, { shortId: runLinesOf(board).shortId(asked.run), mayAnswer });
}

function nameOf({ run, address }: AskedApproval): string {
  return `${run}/${address}`;
}
