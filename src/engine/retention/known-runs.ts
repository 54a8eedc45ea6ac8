import { type DueRuns, dueRuns, type KnownRun, type Policy } from '../../../machines/retention/due-runs.ts';
import { createTurns } from '../../lib/turns.ts';
import type { CurrentRuns, RunSummary } from '../../ports/runs/run-index.ts';
import { type Charts, DefinitionMissing } from '../run-reader/charts.ts';

/** What a definition says of its runs. */
export type DefinitionRule = {
  readonly own: Policy | undefined;
  /** Whether values of inputs are kept apart from the journal. */
  readonly hasSecrets: boolean;
  /** It cannot be read: nobody knows how long its runs are to stay. */
  readonly isMissing: boolean;
};

/** What definitions say, by their hashes: each is read once, as none is ever changed. */
export type DefinitionRules = (hash: string) => Promise<DefinitionRule>;

export function createDefinitionRules(charts: Charts): DefinitionRules {
  const known = new Map<string, DefinitionRule>();

  return async (hash) => {
    const rule = known.get(hash) ?? (await readRule(charts, hash));
    if (!rule.isMissing) known.set(hash, rule);

    return rule;
  };
}

async function readRule(charts: Charts, hash: string): Promise<DefinitionRule> {
  try {
    const { id, version, retention, input } = (await charts.byHash(hash)).definition;
    const own = retention && { retention, of: `${id} version ${version}` };

    return { own, hasSecrets: Object.values(input).some(({ secret }) => secret), isMissing: false };
  } catch (error) {
    if (!(error instanceof DefinitionMissing)) throw error;
    return { own: undefined, hasSecrets: false, isMissing: true };
  }
}

type DueDeps = {
  readonly runs: CurrentRuns;
  readonly rules: DefinitionRules;
  /** Where no definition says anything. */
  readonly usual: Policy | undefined;
  /** Up to this position everybody who follows the journal has been told what it holds. */
  readonly toldTo: number;
  readonly nowMs: number;
};

const nothingDue: DueRuns = { families: [], held: new Map() };

/** The runs that may leave the journal now. Runs that ended lately are not read, but for parts of others. */
export async function readDueRuns({ runs, rules, ...asked }: DueDeps): Promise<DueRuns> {
  const keepMs = await shortest(runs, rules, asked.usual);
  if (keepMs === undefined) return nothingDue;
  const before = new Date(asked.nowMs - keepMs).toISOString();
  const known = new Map<string, KnownRun>();
  const turn = createTurns();
  const add = async (lines: AsyncIterable<RunSummary> | Iterable<RunSummary>): Promise<void> => {
    for await (const line of lines) {
      if (line.archived !== undefined) continue;
      known.set(line.run, knownRun(line, await rules(line.head.definition.hash)));
      await turn();
    }
  };
  // `~` comes behind every id: also a run that ended in that very moment is among them.
  await add(runs.each({ isEnded: true }, 'ended', [before, '~']));
  if (known.size === 0) return nothingDue;
  await add(await runs.unfinishedRuns());
  await add(runs.each({ isEnded: true, isPart: true, updatedFrom: before }, 'updated'));
  const index = await runs.known();
  // Those that are added on the way are looked at as well.
  for (const { parent } of known.values()) {
    if (parent === undefined || known.has(parent)) continue;
    const line = index.line(parent);
    if (line !== undefined) await add([line]);
  }

  return dueRuns(known, asked);
}

/** The shortest time that any ended run may stay; undefined where nobody says any. */
async function shortest(
  runs: CurrentRuns,
  rules: DefinitionRules,
  usual: Policy | undefined,
): Promise<number | undefined> {
  const hashes = new Set((await runs.counts({ isEnded: true })).map(({ definition }) => definition.hash));
  let keepMs = usual?.retention.keepMs;
  for (const hash of hashes) {
    const { own } = await rules(hash);
    if (own !== undefined) keepMs = Math.min(own.retention.keepMs, keepMs ?? own.retention.keepMs);
  }

  return keepMs;
}

function knownRun({ run, position, sequence, head, damage }: RunSummary, rule: DefinitionRule): KnownRun {
  const { endedAt, parent } = head;

  return {
    ...{ run, position, sequence, parent, own: rule.own },
    endedAtMs: endedAt === undefined ? undefined : Date.parse(endedAt),
    isLeftAlone: damage !== undefined || rule.isMissing,
  };
}
