import type { Json } from '../../../events/canonical-json.ts';
import type { KpiContribution } from '../../../events/kpi-events.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { CompiledRule, EndedRun } from '../../../machines/goals/kpi-rule.ts';
import { defined } from '../../../machines/language/defined.ts';
import { RunQuarantined, type Stored } from '../../ports/runs/journal.ts';
import { tellingsOf } from '../outbound/outbound-messages.ts';
import { small } from '../outbound/outbound-record.ts';
import { DefinitionMissing } from '../run-reader/charts.ts';
import type { RunReader } from '../run-reader/run-reader.ts';

export type StoredRecord = Extract<Stored, { kind: 'record' }>;

/** What a record says of single runs to rules: for each whether, and as what, the run counts. */
export type RunMeasuring = {
  /** Rejects with what may pass. Undefined for a rule that the run does not count for. */
  readonly contributions: (
    stored: StoredRecord,
    rules: readonly CompiledRule[],
  ) => Promise<readonly (KpiContribution | undefined)[]>;
};

const ends: ReadonlySet<string> = new Set([
  'workflow.run.completed',
  'workflow.run.failed',
  'workflow.run.timed_out',
  'workflow.run.terminated',
]);

/** Whether the record is one by which a run ended. */
export function isEnd(stored: Stored): stored is StoredRecord {
  if (stored.kind === 'foreign') return false;
  const { head, transitions, omitted } = stored.record.data;
  if (!isFinal(head.status)) return false;

  return omitted !== undefined || tellingsOf(stored.record, transitions).some(({ type }) => ends.has(type));
}

export function createRunMeasuring(reader: Pick<RunReader, 'charts' | 'fold'>): RunMeasuring {
  return {
    contributions: async (stored, rules) => {
      const ended = await endedRun(reader, stored);
      const asked = rules.map((rule) => rule.concerns(ended));
      const readsOutput = rules.some((rule, index) => rule.readsOutput && asked[index]);
      const output = readsOutput ? await outputOf(reader, stored) : null;

      return rules.map((rule, index) => (asked[index] ? rule.contribution(ended, output) : undefined));
    },
  };
}

async function endedRun(
  { charts }: Pick<RunReader, 'charts'>,
  { run, record }: StoredRecord,
): Promise<EndedRun> {
  const { definition, status, startedAt, endedAt = record.time, trigger } = record.data.head;
  // A run whose definition is gone has no department any more, and did end.
  const labels = await charts.byHash(definition.hash).then(
    (chart) => chart.definition.labels,
    (error: unknown): Readonly<Record<string, string>> => {
      if (error instanceof DefinitionMissing) return {};
      throw error;
    },
  );

  return {
    run,
    sequence: record.sequence,
    definition: { id: definition.id, version: definition.version },
    serves: (labels['serves'] ?? '').split(/[\s,]+/).filter((goal) => goal !== ''),
    status,
    startedAt,
    endedAt,
    ...defined({ department: labels['department'] ?? labels['domain'], trigger }),
  };
}

/**
 * Undefined where it is too large, or cannot be told any more. Most runs say it in the record by which they end; others
 * have to be folded.
 */
async function outputOf(
  { fold }: Pick<RunReader, 'fold'>,
  { run, record }: StoredRecord,
): Promise<Json | undefined> {
  if (record.type === 'run.completed') return small(record.data.fact.output);
  try {
    const { state } = (await fold(run, { until: record.sequence, once: true })).run;

    return small(state.output ?? null);
  } catch (error) {
    // One run that is damaged keeps no KPI from all the others.
    if (error instanceof DefinitionMissing || error instanceof RunQuarantined) return undefined;
    throw error;
  }
}
