import { isEventType } from '../../../../events/cloud-event.ts';
import { isReservedName } from '../../../../machines/agents/declared-agent.ts';
import { sha256Hex } from '../../../../machines/hash.ts';
import { idPattern } from '../../../../machines/language/schema/shapes.ts';
import { isRunId, shardOf } from '../../../../machines/shard.ts';
import { subjectToken, tokenText } from '../../../lib/text.ts';

/** A prefix that no event type begins with. */
const OWN = '@';
/** Types that are none may be of any length. */
const TOKEN_LENGTH_MAX = 400;

/** Every name that a namespace has on the server. */
export type Names = TriggerNames &
  GenerationNames &
  BundleNames & {
    readonly namespace: string;
    readonly journalStream: string;
    /** The subjects of runs. */
    readonly journalSubjects: string;
    /** The subjects of definitions, which are in the journal as well. */
    readonly definitionSubjects: string;
    /** Where versions of 0.1.0 kept definitions. */
    readonly definitionsBucket: string;
    readonly leasesBucket: string;
    readonly secretsBucket: string;
    readonly blobsBucket: string;
    readonly limitsBucket: string;
    readonly snapshotsBucket: string;
    /** The keys that values of runs are sealed with: only engines may read them. */
    readonly keysBucket: string;
    readonly workStream: string;
    readonly workSubjects: string;
    /** What is known of agents. */
    readonly agentsBucket: string;
    /** What only engines may read: the key that the tokens of items are made with. */
    readonly engineBucket: string;
    /** What requests to JetStream begin with for users that are kept apart from the engines. */
    readonly apiPrefix: string;
    /** Everybody listens here to who is there. */
    readonly helloSubjects: string;
    readonly rollCallSubject: string;
    /** The subject of a run. Throws on what is no run id: only here does an id become part of one. */
    runSubject(run: string): string;
    /** The subject of a definition's text, by its hash. */
    textSubject(hash: string): string;
    /** The subject of a version of a definition. Without a version: the filter for all versions. */
    versionSubject(id: string, version?: number): string;
    /** The subject of the events of a KPI. Throws on what is no name of one. */
    kpiSubject(kpi: string): string;
    /** How many of the old bucket's definitions are in the journal. */
    readonly copiedSubject: string;
    /** What attempts of a run print is told here while they go on. Throws on what is no run id. */
    liveSubject(run: string): string;
    /** The key of the snapshot of a run. Throws on what is no run id. */
    snapshotSubject(run: string): string;
    /** Which run a subject of the journal is of, and why it cannot be a run's subject if it cannot. */
    runOf(subject: string): { readonly run: string; readonly problem?: string };
    /** The subject of questions to the owner of a shard, and the filter for all shards. */
    commandSubject(shard: number, as: string): string;
    commandSubjectsOf(shard: number): string;
    /** The asker that a command subject names; empty for any other subject. */
    askerOf(subject: string): string;
    /** The subject of one attempt in the queue of an agent, and the filter for all of them. */
    workSubject(agent: string, attemptKey: string): string;
    workSubjectsOf(agent: string): string;
    /** The consumer that the workers of an agent share. */
    workConsumer(agent: string): string;
    /** The subject of reports by an agent's workers about runs of a shard, and the filter for all agents. */
    reportSubject(agent: string, shard: number): string;
    reportSubjectsOf(shard: number): string;
    /** The subject of notes by an agent's workers to one engine, and the filter for all agents. */
    noteSubject(agent: string, engine: string): string;
    noteSubjectsOf(engine: string): string;
    /** Which agent a subject of reports is of: none, where it is no such subject. */
    reporterOf(subject: string): string;
    helloSubject(agent: string): string;
    stopSubject(agent: string): string;
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
    ...{ ...generationNames(namespace), ...bundleNames(namespace) },
    journalSubjects: `${prefix}>`,
    definitionSubjects: `wf.${namespace}.definition.>`,
    definitionsBucket: `WF_${upper}_DEFINITIONS`,
    leasesBucket: `WF_${upper}_LEASES`,
    secretsBucket: `WF_${upper}_SECRETS`,
    blobsBucket: `WF_${upper}_BLOBS`,
    limitsBucket: `WF_${upper}_LIMITS`,
    snapshotsBucket: `WF_${upper}_SNAPSHOTS`,
    keysBucket: `WF_${upper}_KEYS`,
    ...agentNames(namespace),
    ...triggerNames(namespace),
    apiPrefix: `wf.${namespace}.api`,
    runSubject: (run) => `${prefix}${shardOf(checkedRun(run))}.${run}`,
    textSubject: (hash) => `wf.${namespace}.definition.text.${hash}`,
    versionSubject: (id, version) => `wf.${namespace}.definition.version.${id}.${version ?? '*'}`,
    kpiSubject: (kpi) => `wf.${namespace}.definition.kpi.${checkedKpi(kpi)}`,
    copiedSubject: `wf.${namespace}.definition.copied`,
    liveSubject: (run) => `wf.${namespace}.live.${checkedRun(run)}`,
    snapshotSubject: (run) => `$KV.WF_${upper}_SNAPSHOTS.${checkedRun(run)}`,
    runOf: (subject) => runOf(prefix, subject),
    commandSubject: (shard, as) => `wf.${namespace}.command.${shard}.${subjectToken(as)}`,
    commandSubjectsOf: (shard) => `wf.${namespace}.command.${shard}.*`,
    askerOf: (subject) => nameIn(subject, { prefix: `wf.${namespace}.command.`, at: 4 }),
  };
}

/** The subjects of bundles, which are beside those of definitions. */
type BundleNames = {
  /** The subject of a bundle, and of a file in one, by its hash. */
  bundleSubject(hash: string): string;
  fileSubject(sha256: string): string;
  /** Which bundle is current. */
  readonly currentBundleSubject: string;
};

function bundleNames(namespace: string): BundleNames {
  return {
    bundleSubject: (hash) => `wf.${namespace}.definition.bundle.${hash}`,
    fileSubject: (sha256) => `wf.${namespace}.definition.file.${sha256}`,
    currentBundleSubject: `wf.${namespace}.definition.current`,
  };
}

/** What is named where the journal goes on in another stream. */
type GenerationNames = {
  /** Every other generation of the journal lives here, so that permissions know both names beforehand. */
  readonly secondJournalStream: string;
  /** Engines hear here that the journal is being carried over into its next generation, and that it was. */
  readonly generationSubject: string;
  /** Whoever carries it over answers here as long as it is there. */
  carrierSubject(carrier: string): string;
  /** What the subjects begin with by which a carrier fills the next generation, and what those of messages do. */
  carrySubjects(carrier: string): { readonly from: string; readonly to: string };
};

function generationNames(namespace: string): GenerationNames {
  return {
    secondJournalStream: `WF_${namespace.toUpperCase()}_JOURNAL_2`,
    generationSubject: `wf.${namespace}.generation`,
    carrierSubject: (carrier) => `wf.${namespace}.carrier.${carrier}`,
    carrySubjects: (carrier) => ({ from: `wf.${namespace}.carry.${carrier}.`, to: `wf.${namespace}.` }),
  };
}

type AgentNames = Pick<
  Names,
  | 'workStream'
  | 'workSubjects'
  | 'agentsBucket'
  | 'engineBucket'
  | 'helloSubjects'
  | 'rollCallSubject'
  | 'workSubject'
  | 'workSubjectsOf'
  | 'workConsumer'
  | 'reportSubject'
  | 'reportSubjectsOf'
  | 'noteSubject'
  | 'noteSubjectsOf'
  | 'reporterOf'
  | 'helloSubject'
  | 'stopSubject'
>;

/** Names of agents, their queues, and the messages to and from them. */
function agentNames(namespace: string): AgentNames {
  return {
    workStream: `WF_${namespace.toUpperCase()}_WORK`,
    workSubjects: `wf.${namespace}.work.>`,
    agentsBucket: `WF_${namespace.toUpperCase()}_AGENTS`,
    engineBucket: `WF_${namespace.toUpperCase()}_ENGINE`,
    helloSubjects: `wf.${namespace}.hello.*`,
    rollCallSubject: `wf.${namespace}.rollcall`,
    workSubject: (agent, attemptKey) =>
      `wf.${namespace}.work.${subjectToken(agent)}.${sha256Hex(attemptKey).slice(0, 32)}`,
    workSubjectsOf: (agent) => `wf.${namespace}.work.${subjectToken(agent)}.*`,
    workConsumer: (agent) => subjectToken(agent),
    reportSubject: (agent, shard) => `wf.${namespace}.report.${subjectToken(agent)}.${shard}`,
    reportSubjectsOf: (shard) => `wf.${namespace}.report.*.${shard}`,
    // Below the subjects of reports, which workers may publish to.
    noteSubject: (agent, engine) => `wf.${namespace}.report.${subjectToken(agent)}.e-${engine}`,
    noteSubjectsOf: (engine) => `wf.${namespace}.report.*.e-${engine}`,
    reporterOf: (subject) => nameIn(subject, { prefix: `wf.${namespace}.report.`, at: 3 }),
    helloSubject: (agent) => `wf.${namespace}.hello.${subjectToken(agent)}`,
    stopSubject: (agent) => `wf.${namespace}.stop.${subjectToken(agent)}`,
  };
}

function checkedKpi(kpi: string): string {
  if (!idPattern.test(kpi))
    throw new RangeError(`${JSON.stringify(kpi.slice(0, 80))} is not the name of a KPI`);

  return kpi;
}

function checkedRun(run: string): string {
  if (!isRunId(run)) throw new RangeError(`${JSON.stringify(run.slice(0, 80))} is not a run id`);

  return run;
}

/** Subscribers are handed messages with subjects of others, too: whoever has a consumer says where it delivers. */
function nameIn(subject: string, { prefix, at }: { readonly prefix: string; readonly at: number }): string {
  const tokens = subject.split('.');

  return subject.startsWith(prefix) && tokens.length === 5 ? tokenText(tokens[at] ?? '') : '';
}

function runOf(prefix: string, subject: string): { readonly run: string; readonly problem?: string } {
  const rest = subject.slice(prefix.length);
  const dot = rest.indexOf('.');
  const run = rest.slice(dot + 1);
  if (dot > 0 && isRunId(run) && rest.slice(0, dot) === String(shardOf(run))) return { run };

  return { run, problem: `no run has the subject ${JSON.stringify(subject.slice(0, 200))}` };
}

/** Names on the server of a namespace's events, their outcomes, and the marks of triggers. */
type TriggerNames = {
  readonly eventsStream: string;
  readonly eventSubjects: string;
  /** Remembers which events have been dealt with. */
  readonly eventsConsumer: string;
  readonly outcomesStream: string;
  readonly outcomeSubjects: string;
  /** The bucket of progress of schedules, of pauses, and of the position up to which runs were told. */
  readonly triggersBucket: string;
  /** The subject by which engines tell each other their alerts. */
  readonly alertSubject: string;
  /**
   * The subject of the events of a type; `as`: those of somebody who has rights of their own. Throws on what is no type
   * of an event.
   */
  eventSubject(type: string, as?: string): string;
  /** What somebody with rights of their own publishes, whatever its type. */
  eventSubjectsOf(as: string): string;
  /** The type that a subject of events says, and who published there; no type where it is no such subject. */
  eventOf(subject: string): { readonly type: string; readonly by?: string };
  /** The subject of what became of an event, or the filter for those of any status, type or position. */
  outcomeSubject(of: {
    readonly status?: string | undefined;
    readonly type?: string | undefined;
    readonly position?: number;
  }): string;
};

function triggerNames(namespace: string): TriggerNames {
  const upper = namespace.toUpperCase();
  const events = `wf.${namespace}.event.`;

  return {
    eventsStream: `WF_${upper}_EVENTS`,
    eventSubjects: `${events}>`,
    eventsConsumer: 'triggers',
    outcomesStream: `WF_${upper}_OUTCOMES`,
    outcomeSubjects: `wf.${namespace}.outcome.>`,
    triggersBucket: `WF_${upper}_TRIGGERS`,
    alertSubject: `wf.${namespace}.alert`,
    eventSubject: (type, as) => {
      if (!isEventType(type))
        throw new RangeError(`${JSON.stringify(type.slice(0, 80))} is no type of an event`);

      return as === undefined ? events + type : `${events}${OWN}${subjectToken(as)}.${type}`;
    },
    eventSubjectsOf: (as) => `${events}${OWN}${subjectToken(as)}.>`,
    eventOf: (subject) => eventOf(events, subject),
    outcomeSubject: ({ status = '*', type, position = '*' }) =>
      `wf.${namespace}.outcome.${status}.${type === undefined ? '*' : typeToken(type)}.${position}`,
  };
}

/** Consumers hand out messages with subjects of others, too: whoever has one says where it delivers. */
function eventOf(prefix: string, subject: string): { readonly type: string; readonly by?: string } {
  if (!subject.startsWith(prefix)) return { type: '' };
  const rest = subject.slice(prefix.length);
  if (!rest.startsWith(OWN)) return { type: rest };
  const [token = '', ...type] = rest.slice(OWN.length).split('.');
  const by = tokenText(token);
  if (by === '' || isReservedName(by)) return { type: '' };

  return { type: type.join('.'), by };
}

/** Long ones may share a token with others: what is found is compared as a whole. */
function typeToken(type: string): string {
  return subjectToken(type).slice(0, TOKEN_LENGTH_MAX) || '=';
}

/**
 * What the subjects for answers to a user of the NATS server begin with. Permissions give each user its own: who may
 * read all of them would read the answers to others.
 */
export function inboxPrefixOf(user: string): string {
  return `_INBOX.${subjectToken(user)}`;
}
