import { isEventType } from '../../../events/cloud-event.ts';
import { isRunId, shardOf } from '../../../machines/shard.ts';

/** Every name that a namespace has on the server. */
export type Names = {
  readonly namespace: string;
  readonly journalStream: string;
  readonly journalSubjects: string;
  readonly definitionsBucket: string;
  readonly leasesBucket: string;
  readonly secretsBucket: string;
  readonly blobsBucket: string;
  readonly limitsBucket: string;
  readonly snapshotsBucket: string;
  readonly eventsStream: string;
  readonly eventSubjects: string;
  /** The subject of a run. Throws on what is no run id: only here does an id become part of one. */
  runSubject(run: string): string;
  /** The key of the snapshot of a run. Throws on what is no run id. */
  snapshotSubject(run: string): string;
  /** Which run a subject of the journal is of, and why it cannot be a run's subject if it cannot. */
  runOf(subject: string): { readonly run: string; readonly problem?: string };
  commandSubject(shard: number): string;
  /** The subject of the events of a type. Throws on what is no type of an event. */
  eventSubject(type: string): string;
};

const NAMESPACE = /^[a-z0-9][a-z0-9_-]{0,31}$/;

export function namesOf(namespace: string): Names {
  if (!NAMESPACE.test(namespace)) {
    throw new RangeError(
      `the namespace ${JSON.stringify(namespace.slice(0, 80))} is not allowed: use 1 to 32 of a-z, 0-9, _ and -, ` +
        'and begin with a letter or a digit',
    );
  }
  const prefix = `wf.${namespace}.run.`;
  const upper = namespace.toUpperCase();

  return {
    namespace,
    journalStream: `WF_${upper}_JOURNAL`,
    journalSubjects: `${prefix}>`,
    definitionsBucket: `WF_${upper}_DEFINITIONS`,
    leasesBucket: `WF_${upper}_LEASES`,
    secretsBucket: `WF_${upper}_SECRETS`,
    blobsBucket: `WF_${upper}_BLOBS`,
    limitsBucket: `WF_${upper}_LIMITS`,
    snapshotsBucket: `WF_${upper}_SNAPSHOTS`,
    eventsStream: `WF_${upper}_EVENTS`,
    eventSubjects: `wf.${namespace}.event.>`,
    runSubject: (run) => `${prefix}${shardOf(checkedRun(run))}.${run}`,
    snapshotSubject: (run) => `$KV.WF_${upper}_SNAPSHOTS.${checkedRun(run)}`,
    runOf: (subject) => runOf(prefix, subject),
    commandSubject: (shard) => `wf.${namespace}.command.${shard}`,
    eventSubject: (type) => {
      if (!isEventType(type))
        throw new RangeError(`${JSON.stringify(type.slice(0, 80))} is no type of an event`);

      return `wf.${namespace}.event.${type}`;
    },
  };
}

function checkedRun(run: string): string {
  if (!isRunId(run)) throw new RangeError(`${JSON.stringify(run.slice(0, 80))} is not a run id`);

  return run;
}

function runOf(prefix: string, subject: string): { readonly run: string; readonly problem?: string } {
  const rest = subject.slice(prefix.length);
  const dot = rest.indexOf('.');
  const run = rest.slice(dot + 1);
  if (dot > 0 && isRunId(run) && rest.slice(0, dot) === String(shardOf(run))) return { run };

  return { run, problem: `no run has the subject ${JSON.stringify(subject.slice(0, 200))}` };
}
