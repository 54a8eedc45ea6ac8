import { localId } from '../../machines/compile/address.ts';
import { sha256Hex } from '../../machines/hash.ts';
import type { FailureGroup } from '../api/insights.ts';
import type { Acknowledgement } from '../ports/acknowledgements.ts';
import type { RunSummary, RunView } from '../ports/workflows.ts';
import { groupedBy } from './grouped-by.ts';

/** How one run failed. `task` is the address of the task whose failure ended it. */
export type RunFailure = {
  readonly run: string;
  readonly definition: string;
  readonly version: number;
  readonly status: string;
  readonly task?: string;
  readonly code: string;
  readonly message: string;
  readonly worker?: string;
  readonly at: string;
};

const runsMax = 20;
/** So many ids fit into the terms of a bulk command. */
const namedMax = 60;

/** Whether the failure of a run is one to be looked into: what a person ended did not fail. */
export function hasFailed({ head: { status } }: RunSummary): boolean {
  return status === 'FAILED' || status === 'TIMED_OUT';
}

/** How a run failed, as it tells itself. */
export function failureOf({ run, state, updatedAt }: RunView): RunFailure {
  const { definition, status, error, failedTask, endedAt = updatedAt } = state;
  const worker = failedTask === undefined ? undefined : state.tasks[failedTask]?.worker;

  return {
    run,
    definition: definition.id,
    version: definition.version,
    status,
    code: error?.code ?? (status === 'TIMED_OUT' ? 'run.timed-out' : 'run.failed'),
    message: error?.message ?? '',
    at: endedAt,
    ...(failedTask === undefined ? {} : { task: failedTask }),
    ...(worker === undefined ? {} : { worker }),
  };
}

/**
 * Failures that are alike, the group that failed last first. `lines` are all runs there are: the terms of a group are
 * held against them. An acknowledgement counts until one of its group fails again.
 */
export function failureGroups(
  failures: readonly RunFailure[],
  {
    lines,
    acknowledged,
  }: {
    readonly lines: readonly RunSummary[];
    readonly acknowledged: ReadonlyMap<string, Acknowledgement>;
  },
): readonly FailureGroup[] {
  const ofDefinition = groupedBy(lines.filter(hasFailed), ({ head }) => head.definition.id);
  const groups = [...groupedBy(failures, keyOf)].map(([key, some]) => {
    const [{ definition }] = some as readonly [RunFailure, ...RunFailure[]];
    return groupOf(key, some, { rivals: ofDefinition.get(definition) ?? [], known: acknowledged.get(key) });
  });

  return groups.sort((a, b) => b.lastAt.localeCompare(a.lastAt));
}

/** What names the group. A pass through a FORK is no other task, and what differs from run to run no other error. */
export function keyOf({ definition, task, code, message }: RunFailure): string {
  const place = task === undefined ? '' : localId(task);

  return sha256Hex(JSON.stringify([definition, place, code, alike(message)])).slice(0, 16);
}

/** Failures are told apart by how their messages begin: a message may hold a whole answer of another program. */
const comparedMax = 2_000;

/** A message without what tells one run from another: numbers, ids, paths and what is quoted. */
export function alike(message: string): string {
  return message
    .slice(0, comparedMax)
    .replace(/"[^"\n]*"|'[^'\n]*'|`[^`\n]*`/g, '<text>')
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<id>')
    .replace(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, '<id>')
    .replace(/(?<![\w.@-])[\w.@-]*(?:\/[\w.@-]+)+\/?/g, '<path>')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi, '<id>')
    .replace(/\d+(?:[.,]\d+)*/g, '<n>')
    .replace(/\s+/g, ' ')
    .trim();
}

type Among = { readonly rivals: readonly RunSummary[]; readonly known: Acknowledgement | undefined };

function groupOf(key: string, failures: readonly RunFailure[], { rivals, known }: Among): FailureGroup {
  const latest = [...failures].sort((a, b) => b.at.localeCompare(a.at) || b.run.localeCompare(a.run));
  const [last, ...others] = latest as [RunFailure, ...RunFailure[]];
  const first = others.at(-1) ?? last;
  const isKnown = known !== undefined && known.at >= last.at;

  return {
    key,
    definition: last.definition,
    versions: distinct(latest.map(({ version }) => version)).sort((a, b) => b - a),
    ...(last.task === undefined ? {} : { task: localId(last.task) }),
    code: last.code,
    message: last.message,
    count: failures.length,
    firstAt: first.at,
    lastAt: last.at,
    workers: distinct(latest.flatMap(({ worker }) => worker ?? [])).sort(),
    runs: latest.slice(0, runsMax).map(({ run }) => run),
    where: termsOf(latest, rivals),
    ...(isKnown ? { acknowledged: { ...known } } : {}),
  };
}

/** By what they have in common where no other run has it as well, else by their ids: then the latest sixty. */
function termsOf(failures: readonly RunFailure[], rivals: readonly RunSummary[]): string {
  const runs = new Set(failures.map(({ run }) => run));
  const statuses = distinct(failures.map(({ status }) => status)).sort();
  const [{ definition, code }] = failures as readonly [RunFailure, ...RunFailure[]];
  const found = rivals.filter(({ head }) => head.error === code && statuses.includes(head.status));
  const isExact = found.length === runs.size && found.every(({ run }) => runs.has(run));
  const isPlain = !/[\s,*]/.test(code);
  if (isExact && isPlain) return `definition=${definition} status=${statuses.join(',')} error=${code}`;

  return `run=${[...runs].slice(0, namedMax).join(',')} status=${statuses.join(',')}`;
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
