// What a token that is bounded to a domain is answered from: the same ports, with nothing in them but the runs,
// definitions and triggers of that domain. A run of another domain is answered exactly as one that does not exist.
import { domainOf } from '../../machines/agents/actions.ts';
import { maySee } from '../../machines/agents/token-scope.ts';
import { filterCalled, type RunsFilter } from '../../machines/run/record/run-filter.ts';
import { isRunId, shardOf } from '../../machines/shard.ts';
import { type OperationPorts, RequestRefused } from '../operations/use-case.ts';
import type { StoredDefinition } from '../ports/definitions/definition-store.ts';
import type { ProjectDefinitions } from '../ports/definitions/project-definitions.ts';
import type { NotedOutcome } from '../ports/events/outcome-filter.ts';
import type { TriggerName, TriggersDesk, TriggerView } from '../ports/events/trigger-admin.ts';
import type { Board, BoardLine } from '../ports/runs/board.ts';
import { RunAmbiguous, RunNotFound, type Workflows } from '../ports/runs/workflows.ts';
import type { DefinitionDomains } from './definition-domains.ts';

export type Bounds = {
  readonly domain: string;
  readonly domains: DefinitionDomains;
  /** Who asks, for the approvals that ask them by name. */
  readonly actor: () => string | undefined;
};

/** So many runs at most are found by the beginning of their ids. */
const calledMax = 1_000;
/** So many events are looked through for those of one domain at a time. */
const eventsReadMax = 5_000;

/** The ports with nothing of other domains in them. Made once for a domain: what is kept for them stays apart. */
export function domainPorts(ports: OperationPorts, bounds: Bounds): OperationPorts {
  const board = domainBoard(ports.board, bounds);
  const guard = createGuard(ports, bounds);
  const workflows = domainWorkflows(ports, { ...bounds, board, guard });
  const { rows, agents, triggers, definitionFiles } = ports;

  return {
    ...ports,
    board,
    workflows,
    rows: {
      open: async (run) => rows.open(await guard(run)),
      atHand: (run) => (board.line(run) === undefined ? undefined : rows.atHand(run)),
      entries: (run, options) => guarded(guard, run, () => rows.entries(run, options)),
    },
    // Who is there is known to all; how much of it waits for other domains is not.
    agents: { ...agents, depths: () => Promise.resolve(undefined) },
    triggers: domainTriggers(triggers, { ...bounds, board, workflows }),
    definitionFiles: domainFiles(definitionFiles, bounds),
    sql: { query: () => Promise.reject(new RequestRefused(wholeProject(bounds.domain))) },
    doctor: () => Promise.reject(new RequestRefused(wholeProject(bounds.domain))),
  };
}

/** Why a token of a domain is not told of what lies behind all domains. */
export function wholeProject(domain: string): { readonly code: string; readonly message: string } {
  const message = `this is about the whole project; the token is bounded to the domain ${domain}, and L1 is needed`;

  return { code: 'authority.domain', message };
}

function domainBoard(board: Board, { domain, domains }: Bounds): Board {
  const isSeen = ({ head }: BoardLine): boolean => domains.of(head.definition.hash) === domain;
  /** Runs of a definition that was not read yet are not seen. */
  const bounded = (filter: RunsFilter): RunsFilter => {
    const own = domains.hashesOf(domain);
    const { hashes } = filter;
    return { ...filter, hashes: hashes === undefined ? own : hashes.filter((hash) => own.includes(hash)) };
  };
  let kept:
    | { readonly all: unknown; readonly count: number; readonly lines: readonly BoardLine[] }
    | undefined;

  return {
    ready: domains.settle(),
    position: domains.position,
    isLive: board.isLive,
    live: () => {
      const all = board.live();
      const count = domains.count();
      if (kept?.all !== all || kept.count !== count) kept = { all, count, lines: all.filter(isSeen) };
      return kept.lines;
    },
    line: (run) => {
      const line = board.line(run);
      return line !== undefined && isSeen(line) ? line : undefined;
    },
    page: (wanted) => board.page({ ...wanted, filter: bounded(wanted.filter ?? {}) }),
    each: (filter, order) => board.each(bounded(filter), order),
    counts: (filter = {}) => board.counts(bounded(filter)),
    durations: (definition, limit) =>
      definition.hash === undefined || domains.of(definition.hash) === domain
        ? board.durations(definition, limit)
        : [],
    neighbours: board.neighbours,
    onLanded: (listener) =>
      board.onLanded((landed) => {
        void domains.settle().then(() => {
          if (isSeen(landed.line)) listener(landed);
        });
      }),
    since: (position) => {
      const end = domains.position();
      return board.since(position)?.filter((each) => each.position <= end && isSeen(each.line));
    },
    before: async function* (position, signal) {
      for await (const landed of board.before(position, signal)) if (isSeen(landed.line)) yield landed;
    },
    end: board.end,
    close: () => Promise.resolve(),
  };
}

/** Resolves with the run where it may be seen; rejects with RunNotFound, as where there is none of this id. */
type Guard = (run: string) => Promise<string>;

function createGuard({ board, workflows }: OperationPorts, { domain, domains, actor }: Bounds): Guard {
  return async (run) => {
    const line = board.line(run);
    const asks = { actor: actor(), domain };
    if (line !== undefined && maySee(asks, { of: domains.of(line.head.definition.hash), asked: [] }))
      return run;
    // A run that was started a moment ago may not be on the board yet.
    const { view } = await workflows.inspect(run);
    if (view === undefined) throw new RunNotFound(run);
    const of = domainOf(view.definition);
    const asked = of === domain || view.damage !== undefined ? [] : await workflows.approvals({ run });
    if (maySee(asks, { of, asked: asked.map((each) => each.asked) })) return run;

    throw new RunNotFound(run);
  };
}

function unlessNotFound(error: unknown): undefined {
  if (!(error instanceof RunNotFound)) throw error;
}

async function* guarded<Item>(
  guard: Guard,
  run: string,
  read: () => AsyncIterable<Item>,
): AsyncGenerator<Item, void, undefined> {
  await guard(run);
  yield* read();
}

type Guarding = Bounds & { readonly board: Board; readonly guard: Guard };

function domainWorkflows({ workflows, board: all }: OperationPorts, guarding: Guarding): Workflows {
  const { guard, board, domain, domains } = guarding;
  const isSeen = (hash: string): boolean => domains.of(hash) === domain;

  return {
    ...workflows,
    ...domainReads(workflows, { ...guarding, all }),
    command: async (run, command, actor) => workflows.command(await guard(run), command, actor),
    adopt: async (run) => workflows.adopt(await guard(run)),
    fork: async (request) => workflows.fork({ ...request, run: await guard(request.run) }),
    migrate: async (run, hash, actor) => workflows.migrate(await guard(run), hash, actor),
    whatIf: async (run, definition) => workflows.whatIf(await guard(run), definition),
    publish: async (request) => {
      const { id } = request.definition.ref;
      const latest = await workflows.definition(id);
      // Trying one out would tell of the runs of another domain, and whether there is a definition of this name.
      if (latest === undefined || (await domains.read(latest.ref)) !== domain) {
        const message = `registering the definition ${id} needs L1: nothing of this name is registered in ${domain}`;
        throw new RequestRefused({ code: 'authority.level', message });
      }
      const answer = await workflows.publish(request);
      if (!answer.ok) return answer;
      const reports = answer.published.reports.filter(({ definition }) => isSeen(definition.hash));

      return { ...answer, published: { ...answer.published, reports } };
    },
    resolve: async (name) => {
      if (isRunId(name)) {
        const own = await guard(name).catch(unlessNotFound);
        if (own !== undefined) return own;
      }
      await board.ready;
      const filter = filterCalled(name);
      const found = name === '' ? [] : await board.page({ filter, order: 'started', limit: calledMax });
      const [first] = found;
      if (first === undefined) throw new RunNotFound(name);
      if (found.length > 1 && !name.startsWith('@'))
        throw new RunAmbiguous(
          name,
          found.map(({ run }) => run),
        );

      return first.run;
    },
  };
}

type Reads = Pick<
  Workflows,
  | 'view'
  | 'inspect'
  | 'viewAt'
  | 'viewOf'
  | 'replay'
  | 'auditSource'
  | 'history'
  | 'follow'
  | 'printing'
  | 'list'
  | 'runs'
  | 'deadLetters'
  | 'output'
  | 'executions'
  | 'approvals'
  | 'waitingApprovals'
  | 'definitions'
  | 'definition'
  | 'definitionOf'
>;

/** `all`: the runs of every domain. */
type Reading = Guarding & { readonly all: Board };

function domainReads(workflows: Workflows, reading: Reading): Reads {
  const { guard, domain, domains, actor, board, all } = reading;
  const isSeen = (hash: string): boolean => domains.of(hash) === domain;
  const asks = () => ({ actor: actor(), domain });
  const inDomain = async (stored: StoredDefinition | undefined) =>
    stored !== undefined && (await domains.read(stored.ref)) === domain ? stored : undefined;

  return {
    view: async (run) => workflows.view(await guard(run)),
    inspect: async (run) => workflows.inspect(await guard(run)),
    output: async (run) => workflows.output(await guard(run)),
    viewAt: async (run, at) => workflows.viewAt(await guard(run), at),
    viewOf: async (run, records) => workflows.viewOf(await guard(run), records),
    replay: async (run, until) => workflows.replay(await guard(run), until),
    auditSource: async (run) => workflows.auditSource(await guard(run)),
    history: (run) => guarded(guard, run, () => workflows.history(run)),
    follow: (run, signal) => guarded(guard, run, () => workflows.follow(run, signal)),
    printing: (run, signal) => guarded(guard, run, () => workflows.printing(run, signal)),
    list: async () => (await workflows.list()).filter(({ head }) => isSeen(head.definition.hash)),
    runs: currentRuns(board),
    deadLetters: async (filter) => {
      if (filter?.run !== undefined) await guard(filter.run);
      return (await workflows.deadLetters(filter)).filter(({ definition }) => isSeen(definition.hash));
    },
    executions: async function* ({ limit = Number.POSITIVE_INFINITY, ...filter }) {
      if (filter.after !== undefined) await guard(filter.after);
      let count = 0;
      for await (const each of workflows.executions(filter)) {
        if (count >= limit) return;
        if (!isSeen(each.definition.hash)) continue;
        count += 1;
        yield each;
      }
    },
    approvals: async (filter) => {
      await guard(filter.run);
      return (await workflows.approvals(filter)).filter(({ definition, asked }) =>
        maySee(asks(), { of: domains.of(definition.hash), asked: [asked] }),
      );
    },
    // Those that ask somebody by name are theirs, wherever they stand, and not of everybody in their domain.
    waitingApprovals: async (lines, options) => {
      const from = lines === board.live() && options?.answerableBy !== undefined ? all.live() : lines;
      return (await workflows.waitingApprovals(from, options)).filter(({ definition, asked }) =>
        maySee(asks(), { of: domains.of(definition.hash), asked: asked === undefined ? [] : [asked] }),
      );
    },
    definitions: async () => {
      const all = await workflows.definitions();
      const of = await Promise.all(all.map(({ ref }) => domains.read(ref)));
      return all.filter((_, at) => of[at] === domain);
    },
    definition: async (id, version) => inDomain(await workflows.definition(id, version)),
    definitionOf: async (hash) => inDomain(await workflows.definitionOf(hash)),
  };
}

/** What is current is what the board of the domain shows. */
function currentRuns(board: Board): Workflows['runs'] {
  const unfinished = board.live;

  return {
    page: board.page,
    each: board.each,
    counts: board.counts,
    unfinishedRuns: async (shards) =>
      unfinished().filter(
        ({ run }) => shards === undefined || shards.of.includes(shardOf(run, shards.count)),
      ),
    known: async () => board,
  };
}

type Triggering = Bounds & { readonly board: Board; readonly workflows: Pick<Workflows, 'definition'> };

function domainTriggers(
  triggers: TriggersDesk,
  { domain, domains, board, workflows }: Triggering,
): TriggersDesk {
  const seen = async <View extends Pick<TriggerView, 'definition'>>(
    views: readonly View[],
  ): Promise<readonly View[]> => {
    const of = await Promise.all(views.map(({ definition }) => domains.read(definition)));
    return views.filter((_, at) => of[at] === domain);
  };
  /** The refusal of a trigger that is not there: the same for one of another domain. */
  const unknown = async ({ definition, trigger }: TriggerName) => {
    const there = (await seen(await triggers.triggers())).some(
      (each) => each.id === trigger && (definition === undefined || each.definition.id === definition),
    );
    const name = definition === undefined ? trigger : `${definition}/${trigger}`;
    return there
      ? undefined
      : { code: 'trigger.unknown', message: `there is no trigger ${JSON.stringify(name)}` };
  };
  const seenOf = createSeenOutcome(async ({ run, definition }) =>
    run === undefined
      ? definition !== undefined && (await workflows.definition(definition)) !== undefined
      : board.line(run) !== undefined,
  );
  async function seenAmong(all: readonly NotedOutcome[]): Promise<readonly NotedOutcome[]> {
    const found = await Promise.all(
      all.map(async ({ place, outcome }) => {
        const own = await seenOf(outcome);

        return own === undefined ? [] : [{ place, outcome: own }];
      }),
    );

    return found.flat();
  }

  return {
    ...triggers,
    triggers: async () => seen(await triggers.triggers()),
    schedules: async (next) => seen(await triggers.schedules(next)),
    pause: async (name, options) => (await unknown(name)) ?? triggers.pause(name, options),
    resume: async (name, options) => (await unknown(name)) ?? triggers.resume(name, options),
    runNow: async (name, options) => (await unknown(name)) ?? triggers.runNow(name, options),
    backfill: async (name, options) => (await unknown(name)) ?? triggers.backfill(name, options),
    tryBackfill: async (name, options) => (await unknown(name)) ?? triggers.tryBackfill(name, options),
    outcomes: async ({ limit, ...filter }) => {
      const found: NotedOutcome[] = [];
      for (let { before } = filter; found.length < limit; ) {
        const all = await triggers.outcomes({ ...filter, before, limit: eventsReadMax });
        found.push(...(await seenAmong(all)));
        if (all.length < eventsReadMax) break;
        before = all.at(-1)?.place;
      }

      return found.slice(0, limit);
    },
    outcome: async (position) => {
      const found = await triggers.outcome(position);
      return found && seenOf(found);
    },
  };
}

type Outcome = NotedOutcome['outcome'];

/** An event is of a domain where something of it took the event, and then with nothing of what others made of it. */
function createSeenOutcome(seesEffect: (effect: Outcome['effects'][number]) => Promise<boolean>) {
  return async (outcome: Outcome): Promise<Outcome | undefined> => {
    const seen = await Promise.all(outcome.effects.map(seesEffect));
    const effects = outcome.effects.filter((_, at) => seen[at]);

    return effects.length === 0 ? undefined : { ...outcome, effects };
  };
}

/** The library comes with the program and is everybody's. A file that is no definition is of no domain. */
function domainFiles(files: ProjectDefinitions, { domain }: Bounds): ProjectDefinitions {
  const isSeen = ({ source, loaded }: Awaited<ReturnType<ProjectDefinitions['list']>>[number]): boolean =>
    source === 'library' || (loaded !== undefined && domainOf(loaded.definition) === domain);

  return {
    ...files,
    list: async () => (await files.list()).filter(isSeen),
    at: async (file) => {
      const found = await files.at(file);
      return found !== undefined && isSeen(found) ? found : undefined;
    },
    called: async (name) => (await files.called(name)).filter(isSeen),
  };
}
