import type { z } from 'zod';
import type { DefinitionRef } from '../../../events/run-events.ts';
import {
  BulkReport,
  BulkRequest,
  EmergencyReport,
  EmergencyRequest,
  Recorded,
  StartedRun,
  StartRequest,
} from '../../api/commands.ts';
import type { runOperations } from '../../api/operations/runs.ts';
import { PageQuery } from '../../api/page.ts';
import { DeadLetterList, RunDetails, RunGrid, RunList, RunPage, RunResult } from '../../api/run.ts';
import { RunComparison } from '../../api/run-compare.ts';
import {
  ComparedNames,
  ForkOf,
  MigrateRequest,
  RunAt,
  RunCommandRequest,
  RunDetailsRequest,
  RunGridRequest,
  RunListRequest,
  RunNamed,
  RunResultRequest,
  SqlAnswer,
  SqlQuestion,
} from '../../api/run-requests.ts';
import type { Caller } from '../../ports/access/authority.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import { type Answer, RunNotFound, type RunView } from '../../ports/runs/workflows.ts';
import type { Way } from '../../projections/definition/way-parting.ts';
import { type Compared, runComparison } from '../../projections/run/run-compare.ts';
import { referredDefinitions, referredDrafts } from '../definitions/referred-definitions.ts';
import {
  type DefinitionSources,
  refuseUnlessExecutable,
  resolveDefinition,
} from '../definitions/resolve-definition.ts';
import { keptFor } from '../kept-for.ts';
import { letterOrder, pageOf } from '../page.ts';
import { type OperationPorts, RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';
import { changeWhere, runCommand } from './change-many.ts';
import { checkedInput, requestedEdit } from './checked-input.ts';
import { emergencyStop } from './emergency.ts';
import { queryRuns } from './query-runs.ts';
import { runLinesOf } from './run-lines.ts';
import { runGrid, runList } from './run-list.ts';
import { createRunDetails, runResult, seenRun } from './seen-run.ts';

export const runUseCases = {
  list: useCase(RunListRequest, RunList, async (ports, query) => {
    await ports.board.ready;

    return runList(ports, query);
  }),
  grid: useCase(RunGridRequest, RunGrid, async (ports, query) => {
    await ports.board.ready;

    return runGrid(ports, query);
  }),
  query: useCase(SqlQuestion, SqlAnswer, queryRuns),
  show: useCase(RunAt, RunPage, (ports, { run, at }) => seenRun(ports, run, at)),
  result: useCase(RunResultRequest, RunResult, runResult),
  start: useCase(StartRequest, StartedRun, (ports, request, caller) => startRun(ports, caller, request)),
  command: useCase(RunCommandRequest, Recorded, async ({ workflows }, asked, { actor: by }) => {
    const run = await workflows.resolve(asked.run);
    const command = await runCommand(workflows, asked.command, { run, by });

    return recorded(await workflows.command(run, command, by));
  }),
  fork: useCase(ForkOf, Recorded, async ({ workflows }, { run: name, at, input: edits, reason }, caller) => {
    const run = await workflows.resolve(name);
    const isEdited = edits !== undefined && Object.keys(edits).length > 0;
    // Edits the input as it was at that event: a rerun may have changed it since.
    const { definition, state } = await workflows.viewAt(run, at);
    const input = isEdited ? requestedEdit(definition, state.input, edits) : undefined;

    return recorded(
      await workflows.fork({
        run,
        at,
        actor: caller.actor,
        ...(input === undefined ? {} : { input }),
        ...(reason === undefined ? {} : { reason }),
      }),
    );
  }),
  resume: useCase(RunNamed, Recorded, async ({ workflows }, named) => {
    const run = await workflows.resolve(named.run);
    await workflows.adopt(run);
    const { sequence } = await workflows.view(run);

    return { run, sequence };
  }),
  migrate: useCase(MigrateRequest, Recorded, async ({ workflows }, { run: name, version }, caller) => {
    const run = await workflows.resolve(name);
    const { hash } = await versionOf(workflows, run, version);

    return recorded(await workflows.migrate(run, hash, caller.actor));
  }),
  compare: useCase(ComparedNames, RunComparison, async (ports, { run, other }) => {
    const sides = await Promise.all([side(ports, run), side(ports, other)]);

    return runComparison(...sides, ports.clock.now());
  }),
  details: useCase(RunDetailsRequest, RunDetails, async (ports, { runs }) => {
    await ports.board.ready;

    return { runs: [...(await detailsOf(ports).of(runs))] };
  }),
  deadLetters: useCase(PageQuery, DeadLetterList, async ({ workflows, board }, wanted) => {
    const { items, ...page } = pageOf(await workflows.deadLetters(), letterOrder, wanted);
    const { shortId } = runLinesOf(board);
    const letters = items.map(({ error, ...letter }) => ({
      ...letter,
      shortId: shortId(letter.run),
      error: error && { code: error.code, message: error.message, details: error.details },
    }));

    return { ...page, items: letters };
  }),
  bulk: useCase(BulkRequest, BulkReport, changeWhere),
  emergency: useCase(EmergencyRequest, EmergencyReport, emergencyStop),
} satisfies UseCasesOf<typeof runOperations>;

const detailsOf = keptFor(createRunDetails);

async function versionOf(
  workflows: OperationPorts['workflows'],
  run: string,
  version: number | undefined,
): Promise<DefinitionRef> {
  const { id } = (await workflows.view(run)).state.definition;
  const stored = await workflows.definition(id, version);
  if (stored !== undefined) return stored.ref;

  throw new RequestRefused({
    code: 'definition.not-found',
    message: `${id} has no version ${version ?? ''} that is registered`,
  });
}

/** Rejects with RunNotFound, RunAmbiguous, and the error of a damaged run. */
async function side(ports: OperationPorts, named: string): Promise<Compared> {
  const { workflows, board } = ports;
  const view = await workflows.view(await workflows.resolve(named));

  return { view, shortId: runLinesOf(board).shortId(view.run), way: await wayOf(ports, view) };
}

type Deps = Pick<OperationPorts, 'workflows' | 'definitionFiles'>;

/** Checks everything and starts a run. Rejects with RequestRefused, DefinitionRefused. */
export async function startRun(
  deps: Deps,
  caller: Caller,
  { definition: name, draft, input: given, idempotencyKey: key }: z.output<typeof StartRequest>,
): Promise<StartedRun> {
  const { workflows } = deps;
  const sources = projectSources(deps);
  const found = await resolveDefinition(sources, name, { draft });
  refuseUnlessExecutable(found);
  const referred = await referredDefinitions(sources, found);
  const { loaded, file } = found;
  const drafts = await referredDrafts(workflows, referred);
  const started = recorded(
    await workflows.start({
      definition: loaded,
      file,
      alongside: referred.found.map((each) => ({ definition: each.loaded, file: each.file })),
      input: checkedInput(loaded.definition, given),
      actor: caller.actor,
      ...(key === undefined ? {} : { key }),
    }),
  );

  return {
    ...started,
    definition: loaded.ref,
    ...(found.draft === undefined ? {} : { draft: found.draft }),
    ...(drafts.length === 0 ? {} : { referredDrafts: [...drafts] }),
  };
}

/** The result of a command. Throws RequestRefused if the engine refused it. */
function recorded(answer: Answer): Recorded {
  if (answer.ok) return { run: answer.run, sequence: answer.sequence };

  throw new RequestRefused(answer.refusal);
}

/** HTTP callers reach only files of the project and of the library. */
export function projectSources({ workflows, definitionFiles }: Deps): DefinitionSources {
  return {
    registered: workflows,
    files: definitionFiles,
    fileAt: definitionFiles.at,
  };
}

type WayDeps = Pick<OperationPorts, 'workflows' | 'rows'>;

/** How deep forks of forks are followed. */
const forksMax = 20;

/** The events that led the run to its state, including those of the runs it was forked from. */
async function wayOf(deps: WayDeps, view: RunView, forks = 0): Promise<Way> {
  const { run, state } = view;
  const { rows } = await deps.rows.open(run);
  const own = rows.map((row) => ({ run, row }));
  const origin = state.forkedFrom;
  if (origin === undefined || forks >= forksMax) return own;
  const before = await originOf(deps, origin.run, forks);

  // The first event of a fork holds the states that the earlier events had led to.
  return before === undefined ? own : [...upTo(before, origin), ...own.slice(1)];
}

/** Undefined if the journal no longer holds the run, or the run is damaged. */
async function originOf(deps: WayDeps, run: string, forks: number): Promise<Way | undefined> {
  try {
    return await wayOf(deps, await deps.workflows.view(run), forks + 1);
  } catch (error) {
    if (error instanceof RunNotFound || error instanceof RunQuarantined) return undefined;
    throw error;
  }
}

function upTo(way: Way, { run, at }: { readonly run: string; readonly at: number }): Way {
  return way.filter((each) => each.run !== run || each.row.line.sequence <= at);
}
