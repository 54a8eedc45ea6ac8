import { defining } from '../../machines/agents/actions.ts';
import { type Chart, compileChart } from '../../machines/chart/chart.ts';
import { type LoadedDefinition, loadRegistered } from '../../machines/language/load-definition.ts';
import type { Refusal } from '../../machines/run/decide/command.ts';
import type { Authority } from '../ports/access/authority.ts';
import type { Clock } from '../ports/clock.ts';
import {
  type DefinitionStore,
  DefinitionTaken,
  type PublishMark,
  type StoredDefinition,
} from '../ports/definitions/definition-store.ts';
import type { PublishCall, PublishOutcome, WhatIfReport, WhatIfs } from '../ports/runs/what-ifs.ts';
import { refusedName } from './actor-name.ts';
import { type WhatIfSources, whatIfOf } from './queries/what-if.ts';

export type PublishingDeps = WhatIfSources & {
  readonly definitions: DefinitionStore;
  readonly clock: Clock;
  readonly authority?: Authority | undefined;
  /** The same where it is asked only when it comes up: somebody who only publishes has no engine beside them. */
  readonly rights?: (() => Promise<Authority>) | undefined;
};

/** Holds changed definitions against the runs that there were, and registers them. */
export function createWhatIfs(deps: PublishingDeps): WhatIfs {
  const chartOf = compiledOnce();

  return {
    whatIf: (run, definition) => whatIfOf(deps, run, chartOf(definition)),
    publish: (request) => publish(deps, request),
  };
}

/** The same definition is held against many runs. */
function compiledOnce(): (loaded: LoadedDefinition) => Chart {
  const charts = new WeakMap<LoadedDefinition, Chart>();

  return (loaded) => {
    const chart = charts.get(loaded) ?? compileChart(loaded.definition, loaded.ref);
    charts.set(loaded, chart);

    return chart;
  };
}

async function publish(deps: PublishingDeps, request: PublishCall): ReturnType<WhatIfs['publish']> {
  const { definition, file, actor, dryRun, acceptDifferences, reason } = request;
  const { ref } = definition;
  const before = await deps.definitions.byId(ref.id, ref.version);
  if (before !== undefined && before.ref.hash !== ref.hash) throw new DefinitionTaken(ref, before.ref.hash);
  // Whoever gives it again wants to know that it is there: what it was compared with then is past.
  if (before !== undefined)
    return { ok: true, published: { definition: ref, reports: [], outcome: 'known' } };
  const highest = await deps.definitions.byId(ref.id);
  const reports = highest === undefined ? [] : await latestRuns(deps, highest, request);
  const published = (outcome: PublishOutcome['outcome']) => ({
    ok: true as const,
    published: {
      definition: ref,
      ...(highest === undefined ? {} : { against: highest.ref }),
      reports,
      outcome,
    },
  });
  if (reports.some(goesAnotherWay) && !acceptDifferences) return published('different');
  if (dryRun) return published('dry-run');
  const at = new Date(deps.clock.now()).toISOString();
  const mark = { by: actor, at, ...(reason === undefined ? {} : { reason }) };
  const authority = deps.authority ?? (await deps.rights?.());
  const to = { definitions: deps.definitions, authority };
  const refusal = refusedName(actor) ?? (await register(to, { definition, file, published: mark }, actor));

  return refusal === undefined ? published('registered') : { ok: false, refusal };
}

/** What the runs of the registered version that were started last would have done. */
async function latestRuns(
  deps: PublishingDeps,
  { ref }: StoredDefinition,
  {
    definition: { definition, ref: changed },
    runsMax,
  }: { readonly definition: LoadedDefinition; readonly runsMax: number },
): Promise<readonly WhatIfReport[]> {
  const filter = { definition: ref.id, hashes: [ref.hash] };
  const runs = await deps.reader.runs.page({ filter, order: 'started', limit: runsMax });
  const chart = compileChart(definition, changed);
  const reports: WhatIfReport[] = [];
  for (const { run } of runs) reports.push(ownPart(await whatIfOf(deps, run, chart)));

  return reports;
}

/** That nothing can be told of a run says nothing against the definition. */
function goesAnotherWay({ whatIf: { kind } }: WhatIfReport): boolean {
  return kind === 'diverges' || kind === 'needs';
}

/** What a run did before it was migrated it did by another version than the one that is compared. */
function ownPart(report: WhatIfReport): WhatIfReport {
  const { whatIf, migratedAt, definition } = report;
  if (migratedAt === undefined || !('at' in whatIf) || whatIf.at > migratedAt) return report;
  const why = `it goes by v${definition.version} from event ${migratedAt} on only, and differs before, at event ${whatIf.at}`;

  return { ...report, whatIf: { kind: 'untold', why } };
}

/** Registers a definition that is new, or says why whoever asks may not. What is registered already all may use. */
export async function register(
  {
    definitions,
    authority,
  }: { readonly definitions: DefinitionStore; readonly authority?: Authority | undefined },
  {
    definition,
    file,
    published,
  }: {
    readonly definition: LoadedDefinition;
    readonly file: string;
    readonly published?: PublishMark;
  },
  actor: string,
): Promise<Refusal | undefined> {
  const { ref, text } = definition;
  // Whoever may register what is strategic may register all: nothing has to be read.
  const mayBeRefused = authority?.refusal(actor, {
    kind: 'define',
    definition: ref.id,
    stratos: 'strategic',
  });
  if (mayBeRefused !== undefined && (await definitions.byId(ref.id, ref.version))?.ref.hash !== ref.hash) {
    const before = loadRegistered(await definitions.byId(ref.id))?.definition;
    const refusal = authority?.refusal(actor, defining(definition.definition, before));
    if (refusal !== undefined) return refusal;
  }
  await definitions.register({ ref, text, file, ...(published === undefined ? {} : { published }) });

  return undefined;
}
