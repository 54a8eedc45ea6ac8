import { createRoute, z } from '@hono/zod-openapi';
import { type AskedApproval, approvalAt } from '../../../../machines/run/decide/asked-approval.ts';
import { ApprovalPage } from '../../../api/people.ts';
import type { RunView } from '../../../ports/runs/workflows.ts';
import { approvalPage } from '../../../projections/agent/approval-page.ts';
import { placesOf } from '../../../projections/task/task-order.ts';
import { type Api, type ApiDeps, type Caller, RequestRefused } from '../../api.ts';
import { runLinesOf } from '../../runs/run-lines.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board'>;

const listed = createRoute({
  method: 'get',
  path: '/api/v1/approvals',
  tags: ['approvals'],
  summary: 'What is asked of people, the longest waiting first; with `mine` only what the caller may answer',
  request: { query: z.object({ mine: z.enum(['true', 'false', '1', '0', '']).optional() }) },
  responses: {
    200: {
      description: 'Approvals',
      content: { 'application/json': { schema: z.object({ approvals: z.array(ApprovalPage) }) } },
    },
  },
});

const shown = createRoute({
  method: 'get',
  path: '/api/v1/approvals/{run}/{task}',
  tags: ['approvals'],
  summary: 'One approval, whether or not it is still asked for',
  request: {
    params: z.object({ run: z.string().min(1).max(200), task: z.string().min(1).max(1_000) }),
  },
  responses: {
    200: { description: 'The approval', content: { 'application/json': { schema: ApprovalPage } } },
  },
});

/** Approvals: answers to them are commands of their run. */
export function addApprovalRoutes(api: Api, deps: Deps): void {
  api.openapi(listed, async (c) => {
    const { mine } = c.req.valid('query');
    const isMine = mine !== undefined && mine !== 'false' && mine !== '0';

    return c.json({ approvals: [...(await approvals(deps, c.get('caller'), isMine))] }, 200);
  });
  api.openapi(shown, async (c) => {
    const { run, task } = c.req.valid('param');

    return c.json(await approval(deps, c.get('caller'), { run, task }), 200);
  });
}

async function approvals(deps: Deps, { actor }: Caller, isMine: boolean): Promise<readonly ApprovalPage[]> {
  const { workflows } = deps;
  const theirs = await workflows.approvals({ answerableBy: actor });
  const asked = isMine ? theirs : await workflows.approvals();
  const mayAnswer = new Set(theirs.map(nameOf));
  const views = new Map<string, Promise<RunView | undefined>>();
  const viewOf = (run: string): Promise<RunView | undefined> => {
    const known = views.get(run) ?? workflows.inspect(run).then(({ view }) => view);
    views.set(run, known);
    return known;
  };
  const pages = await Promise.all(
    asked.map(async (each) => {
      const view = await viewOf(each.run);
      return view && pageOf(deps, each, { view, mayAnswer: mayAnswer.has(nameOf(each)) });
    }),
  );

  return pages.filter((page) => page !== undefined);
}

async function approval(
  deps: Deps,
  { actor }: Caller,
  { run: name, task }: { readonly run: string; readonly task: string },
): Promise<ApprovalPage> {
  const { workflows } = deps;
  const run = await workflows.resolve(name);
  const view = await workflows.view(run);
  const found = approvalAt({ ...view, plan: placesOf(view.definition) }, task);
  if (found === undefined) {
    const message = `run ${run} has no task "${task}" that asks for an approval`;
    throw new RequestRefused({ code: 'task.unknown', message });
  }
  const theirs = await workflows.approvals({ run, answerableBy: actor });

  return pageOf(deps, found, { view, mayAnswer: theirs.some(({ address }) => address === task) });
}

function pageOf(
  { board }: Deps,
  asked: AskedApproval,
  { view, mayAnswer }: { readonly view: RunView; readonly mayAnswer: boolean },
): ApprovalPage {
  return approvalPage(asked, view, { shortId: runLinesOf(board).shortId(asked.run), mayAnswer });
}

function nameOf({ run, address }: AskedApproval): string {
  return `${run}/${address}`;
}
