import { z } from 'zod';
import type { ApproverQuery } from '../../../machines/agents/authority.ts';
import { isReservedName } from '../../../machines/agents/declared-agent.ts';
import { partOfApprovals, readingDomain } from '../../../machines/agents/token-scope.ts';
import { defined } from '../../../machines/language/defined.ts';
import { parseDuration } from '../../../machines/language/duration.ts';
import { type AskedApproval, approvalAt } from '../../../machines/run/decide/asked-approval.ts';
import type { approvalOperations } from '../../api/operations/approvals.ts';
import { PageQuery } from '../../api/page.ts';
import {
  AbsenceList,
  type AbsenceRow,
  ApprovalList,
  ApprovalNamed,
  ApprovalPage,
  ApprovalQuery,
  AwayRequest,
} from '../../api/people.ts';
import { listReadsMax, mapAtOnce } from '../../lib/limit.ts';
import type { Absence } from '../../ports/access/absences.ts';
import type { Caller } from '../../ports/access/authority.ts';
import type { RunView, WaitingApproval } from '../../ports/runs/workflows.ts';
import { approvalPage } from '../../projections/agent/approval-page.ts';
import { placesOf } from '../../projections/task/task-order.ts';
import { refuseUnlessAllowed } from '../authorize.ts';
import { firstPage, type Order, type PageWanted, pageInTurns, pageOf } from '../page.ts';
import { runLinesOf } from '../runs/run-lines.ts';
import { type OperationPorts, RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';
import { timeSpan } from '../written-times.ts';

type Ports = Pick<OperationPorts, 'workflows' | 'board'>;
type AbsencePorts = Pick<OperationPorts, 'absences' | 'authority' | 'clock'>;

const daysMax = 366;

/** Approvals: answers to them are commands of their run. */
export const approvalUseCases = {
  list: useCase(ApprovalQuery, ApprovalList, (ports, query, caller) => approvals(ports, caller, query)),
  show: useCase(ApprovalNamed, ApprovalPage, (ports, named, caller) => approval(ports, caller, named)),
  absences: useCase(PageQuery, AbsenceList, absenceList),
  away: useCase(AwayRequest, AbsenceList, async (ports, request, caller) => {
    await goAway(ports, request, caller);

    return absenceList(ports, firstPage);
  }),
  back: useCase(z.object({}), AbsenceList, async (ports, _input, caller) => {
    await comeBack(ports, caller);

    return absenceList(ports, firstPage);
  }),
} satisfies UseCasesOf<typeof approvalOperations>;

async function approvals(
  ports: Ports,
  { actor }: Caller,
  { mine, ...wanted }: z.output<typeof ApprovalQuery>,
): Promise<ApprovalList> {
  const { workflows, board } = ports;
  await board.ready;
  const isMine = mine !== undefined && mine !== 'false' && mine !== '0';
  const all = await workflows.waitingApprovals(board.live(), isMine ? { answerableBy: actor } : {});
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

/** What begins last comes first. */
async function absenceList({ absences, clock }: AbsencePorts, wanted: PageWanted): Promise<AbsenceList> {
  const now = new Date(clock.now()).toISOString();
  const rows = [...(await absences.all())].flatMap(([who, found]) =>
    found.map((each): AbsenceRow => ({ who, ...each, state: stateOf(each, now) })),
  );
  const { items, ...page } = pageOf(rows, byBeginning, wanted);

  return { ...page, items: [...items] };
}

const byBeginning: Order<AbsenceRow> = {
  name: 'absences',
  place: ({ from, who, at }) => [from, who, at],
  descending: [true],
};

function stateOf({ from, until, endedAt }: Absence, now: string): AbsenceRow['state'] {
  if (endedAt !== undefined) return 'ended';
  if (until <= now) return 'over';

  return from <= now ? 'away' : 'planned';
}

/** Whoever asks is away: in the name of nobody else. Throws RequestRefused. */
async function goAway(
  ports: AbsencePorts,
  { to, reason, ...written }: AwayRequest,
  caller: Caller,
): Promise<void> {
  const { absences, clock } = ports;
  const { actor } = caller;
  if (to === actor || isReservedName(to)) {
    const why = to === actor ? 'nobody answers in their own place' : 'nobody has this name';
    throw new RequestRefused({ code: 'approval.bad-delegate', message: `${JSON.stringify(to)}: ${why}` });
  }
  refuseUnlessTheirs(ports, caller, to);
  const span = spanOf(written, clock.now());
  const at = new Date(clock.now()).toISOString();
  await absences.declare(actor, defined({ to, ...span, at, reason }));
}

/** Throws RequestRefused, `absence.none`. */
async function comeBack(ports: AbsencePorts, caller: Caller): Promise<void> {
  refuseUnlessTheirs(ports, caller);
  const at = new Date(ports.clock.now()).toISOString();
  if (await ports.absences.end(caller.actor, at)) return;

  throw new RequestRefused({ code: 'absence.none', message: `${caller.actor} is not away` });
}

/**
 * Whoever is away gives away all that they may answer. So a token that reaches for less than its principal must not:
 * it would reach for everything by having somebody else answer. A domain counts as well.
 */
function refuseUnlessTheirs(
  { absences, authority = absences.authority }: AbsencePorts,
  caller: Caller,
  to?: string,
) {
  const { actor } = caller;
  const named = { groups: [{ names: [actor] }], delegates: [], gone: [] };
  refuseUnlessAllowed(authority, caller, answering(named, to));
  const domain = readingDomain(caller);
  if (domain !== undefined) {
    const message = `this token shows ${domain} alone, and somebody in your place would answer in all domains`;
    throw new RequestRefused({ code: 'authority.domain', message });
  }
  const refusal = partOfApprovals(caller, authority);
  if (refusal !== undefined) throw new RequestRefused(refusal);
}

function answering(asked: ApproverQuery, to?: string) {
  return { kind: 'approve', task: 'approvals while they are away', asked, to } as const;
}

/** Throws RequestRefused, `absence.time`. */
function spanOf({ from, until }: Pick<AwayRequest, 'from' | 'until'>, nowMs: number) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const fromMs = from === undefined ? nowMs : timeSpan('from', from, timeZone).fromMs;
  const lasting = parseDuration(until);
  const untilMs = lasting.ok ? fromMs + lasting.ms : timeSpan('until', until, timeZone).untilMs;
  if (untilMs <= Math.max(fromMs, nowMs) || untilMs > nowMs + daysMax * 86_400_000) {
    const message = `until ${until}: it has to be later than now and than the beginning, and within ${daysMax} days`;
    throw new RequestRefused({ code: 'absence.time', message });
  }

  return { from: new Date(fromMs).toISOString(), until: new Date(untilMs).toISOString() };
}
