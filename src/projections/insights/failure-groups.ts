import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import { localId } from '../../../machines/chart/task-at.ts';
import { failureKeyOf, failureOf } from '../../../machines/run/record/failure-key.ts';
import type { FailureGroup } from '../../api/insights.ts';
import { errorLine } from '../../lib/error-line.ts';
import type { Mute, Triage } from '../../ports/runs/failure-triage.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import type { RunView } from '../../ports/runs/workflows.ts';

/** The failure of one run. `task` is the address of the task whose failure ended it. */
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

/** The most ids that the terms of a bulk command hold. */
const namedMax = 60;

/** The failure of a run according to its own journal. */
export function runFailureOf({ run, state, updatedAt }: RunView): RunFailure {
  const { definition, status, error, failedTask, endedAt = updatedAt } = state;
  const worker = failedTask === undefined ? undefined : state.tasks[failedTask]?.worker;

  return {
    run,
    ...failureOf(state),
    version: definition.version,
    status,
    ...(error === undefined ? {} : { message: messageOf(error) }),
    at: endedAt,
    ...(worker === undefined ? {} : { worker }),
  };
}

const saying = ' saying: ';

/**
 * Messages of commands say what they wrote last. Early releases took that to the letter, which of node is its version.
 */
function messageOf({ message, details }: ErrorData): string {
  const at = message.indexOf(saying);
  if (at < 0 || typeof details !== 'object' || details === null || Array.isArray(details)) return message;
  const { stderr } = details as Readonly<Record<string, Json>>;

  return typeof stderr === 'string'
    ? message.slice(0, at) + saying + errorLine(stderr).slice(0, 500)
    : message;
}

/**
 * Failures that are alike, the group that failed last first. `rivals` are the runs that end as those of a group, by its
 * key: its terms are held against them. An acknowledgement counts until one of its group fails again, and that it is
 * muted until its time is over or a later version fails.
 */
export function failureGroups(
  failures: readonly RunFailure[],
  {
    rivals,
    triage,
    nowMs,
  }: {
    readonly rivals: ReadonlyMap<string, readonly RunSummary[]>;
    readonly triage: ReadonlyMap<string, Triage>;
    readonly nowMs: number;
  },
): readonly FailureGroup[] {
  const groups = [...groupedBy(failures, failureKeyOf)].map(([key, some]) => {
    return groupOf(key, some, { rivals: rivals.get(key) ?? [], triage: triage.get(key) ?? {}, nowMs });
  });

  return groups.sort((a, b) => b.lastAt.localeCompare(a.lastAt));
}

/** Whether nobody wants to hear now of what failed in versions up to this. */
export function isMuting(
  { until, version: mutedVersion }: Pick<Mute, 'until' | 'version'>,
  { version, nowMs }: { readonly version: number; readonly nowMs: number },
): boolean {
  return nowMs < Date.parse(until) && version <= mutedVersion;
}

type Among = { readonly rivals: readonly RunSummary[]; readonly triage: Triage; readonly nowMs: number };

function groupOf(
  key: string,
  failures: readonly RunFailure[],
  { rivals, triage, nowMs }: Among,
): FailureGroup {
  const latest = [...failures].sort((a, b) => b.at.localeCompare(a.at) || b.run.localeCompare(a.run));
  const [last, ...others] = latest as [RunFailure, ...RunFailure[]];
  const first = others.at(-1) ?? last;
  const versions = distinct(latest.map(({ version }) => version)).sort((a, b) => b - a);

  return {
    key,
    definition: last.definition,
    versions,
    ...(last.task === undefined ? {} : { task: localId(last.task) }),
    code: last.code,
    message: last.message,
    count: failures.length,
    firstAt: first.at,
    lastAt: last.at,
    workers: distinct(latest.flatMap(({ worker }) => worker ?? [])).sort(),
    runs: latest.slice(0, runsMax).map(({ run }) => run),
    where: termsOf(latest, rivals),
    ...saidOf(triage, { lastAt: last.at, version: versions[0] ?? 0, nowMs }),
  };
}

type Present = { readonly lastAt: string; readonly version: number; readonly nowMs: number };

/** What people said of it and what still counts. */
function saidOf(
  { acknowledged, assigned, muted }: Triage,
  { lastAt, ...present }: Present,
): Pick<FailureGroup, keyof Triage> {
  const isKnown = acknowledged !== undefined && acknowledged.at >= lastAt;
  const isMuted = muted !== undefined && isMuting(muted, present);

  return {
    ...(isKnown ? { acknowledged: { ...acknowledged } } : {}),
    ...(assigned === undefined ? {} : { assigned: { ...assigned } }),
    ...(isMuted ? { muted: { ...muted } } : {}),
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

/** The values by a key, in the order in which they came, as do the keys. */
export function groupedBy<Value, Key>(
  values: Iterable<Value>,
  keyOf: (value: Value) => Key,
): ReadonlyMap<Key, readonly Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }

  return groups;
}
