import { failedStatuses, failureKeyOf } from '../../../machines/run/record/failure-key.ts';
import {
  AcknowledgeRequest,
  AssignRequest,
  type FailureGroup,
  FailureList,
  FailureNamed,
  MuteRequest,
} from '../../api/insights.ts';
import type { failureOperations } from '../../api/operations/insights.ts';
import { PageQuery } from '../../api/page.ts';
import { listReadsMax, mapAtOnce } from '../../lib/limit.ts';
import type { Caller } from '../../ports/access/authority.ts';
import type { BoardLine } from '../../ports/runs/board.ts';
import type { Triage } from '../../ports/runs/failure-triage.ts';
import {
  failureGroups,
  groupedBy,
  type RunFailure,
  runFailureOf,
} from '../../projections/insights/failure-groups.ts';
import { refuseUnlessAllowed } from '../authorize.ts';
import { createRunResults } from '../insights/read-runs.ts';
import { keptFor } from '../kept-for.ts';
import { firstPage, type Order, type PageWanted, pageOf } from '../page.ts';
import { type OperationPorts, RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';

/** Reads the latest failed runs, since the index of runs does not hold errors. */
const readMax = 500;
const muteDaysMax = 366;

export const failureUseCases = {
  list: useCase(PageQuery, FailureList, listOf),
  acknowledge: useCase(AcknowledgeRequest, FailureList, (ports, { key, note }, caller) =>
    say(ports, { key, caller }, (by) => ({ acknowledged: note === undefined ? by : { ...by, note } })),
  ),
  unacknowledge: useCase(FailureNamed, FailureList, (ports, { key }, caller) =>
    takeBack(ports, { key, caller }, 'acknowledged'),
  ),
  assign: useCase(AssignRequest, FailureList, (ports, { key, to }, caller) =>
    say(ports, { key, caller }, (by) => ({ assigned: { ...by, to } })),
  ),
  unassign: useCase(FailureNamed, FailureList, (ports, { key }, caller) =>
    takeBack(ports, { key, caller }, 'assigned'),
  ),
  mute: useCase(MuteRequest, FailureList, (ports, { key, note, until }, caller) => {
    const of = untilOf(until, ports.clock.now());

    return say(ports, { key, caller }, (by, { definition, versions }) => ({
      muted: { ...by, ...of, ...(note === undefined ? {} : { note }), definition, version: versions[0] ?? 0 },
    }));
  }),
  unmute: useCase(FailureNamed, FailureList, (ports, { key }, caller) =>
    takeBack(ports, { key, caller }, 'muted'),
  ),
} satisfies UseCasesOf<typeof failureOperations>;

const failuresOf = keptFor(({ workflows }: OperationPorts) =>
  createRunResults(async ({ run }) => runFailureOf(await workflows.view(run))),
);

async function listOf(ports: OperationPorts, wanted: PageWanted): Promise<FailureList> {
  const { items, ...page } = pageOf(await groupsOf(ports), order, wanted);

  return { ...page, items: [...items] };
}

/** Those that failed last first. */
const order: Order<FailureGroup> = {
  name: 'failures',
  place: ({ lastAt, key }) => [lastAt, key],
  descending: [true],
};

async function groupsOf(ports: OperationPorts): Promise<readonly FailureGroup[]> {
  const { board, triage, clock } = ports;
  await board.ready;
  // What failed last changed last, unless somebody dropped its dead letter since.
  const latest = await board.page({
    filter: { shown: [...failedStatuses] },
    order: 'updated',
    limit: readMax,
  });
  const failures = await failuresOf(ports)(latest);
  const groups = [...groupedBy(failures, failureKeyOf)];
  const rivals = await mapAtOnce(
    groups,
    listReadsMax,
    async ([key, some]) => [key, await rivalsOf(ports, some)] as const,
  );

  return failureGroups(failures, {
    rivals: new Map(rivals),
    triage: await triage.all(),
    nowMs: clock.now(),
  });
}

/** The runs of the definition that ended as those of a group did: one more than these tells that they are others. */
async function rivalsOf(
  { board }: OperationPorts,
  some: readonly RunFailure[],
): Promise<readonly BoardLine[]> {
  const [first] = some;
  if (first === undefined) return [];
  const { definition, code } = first;
  const error = { field: 'error', isNot: false, values: [code] } as const;
  const filter = { definition, shown: [...new Set(some.map(({ status }) => status))], terms: [error] };

  return board.page({ filter, order: 'updated', limit: some.length + 1 });
}

type Asked = { readonly key: string; readonly caller: Caller };
type By = { readonly by: string; readonly at: string };

async function say(
  ports: OperationPorts,
  { key, caller }: Asked,
  triageOf: (by: By, group: FailureGroup) => Triage,
): Promise<FailureList> {
  const { triage, clock, authority } = ports;
  refuseUnlessAllowed(authority, caller, { kind: 'control', what: 'saying something of a failure' });
  const group = (await groupsOf(ports)).find((each) => each.key === key);
  if (group === undefined) {
    const message = `no failure of the latest ${readMax} is of the group ${key}`;
    throw new RequestRefused({ code: 'failure.not-found', message });
  }
  const at = new Date(clock.now()).toISOString();
  await triage.set(key, triageOf({ by: caller.actor, at }, group));

  return listOf(ports, firstPage);
}

async function takeBack(
  ports: OperationPorts,
  { key, caller }: Asked,
  kind: keyof Triage,
): Promise<FailureList> {
  const { triage, authority } = ports;
  refuseUnlessAllowed(authority, caller, { kind: 'control', what: 'taking back what was said of a failure' });
  await triage.clear(key, kind);

  return listOf(ports, firstPage);
}

/** A time in UTC. Throws RequestRefused if it is past or too far away. */
function untilOf(until: string, nowMs: number): { readonly until: string } {
  const untilMs = Date.parse(until);
  if (untilMs <= nowMs || untilMs > nowMs + muteDaysMax * 86_400_000) {
    const message = `until ${until}: it has to be later than now and within ${muteDaysMax} days`;
    throw new RequestRefused({ code: 'failure.mute-until', message });
  }

  return { until: new Date(untilMs).toISOString() };
}
