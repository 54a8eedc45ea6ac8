import type { NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import { subjectToken } from '../../../lib/text.ts';
import { anyActor } from '../../../ports/access/authority.ts';
import { inboxPrefixOf, type Names } from './names.ts';

const UserInfo = z.object({
  data: z.object({
    permissions: z.object({ publish: z.object({ allow: z.array(z.string()) }) }),
  }),
});

const TIMEOUT_MS = 2_000;

const everything: UserRights = { apiPrefix: '$JS.API', mayLead: true };

/** What a user of the server is for. An operator gives commands as one principal, an observer only looks. */
export type Role =
  | { readonly role: 'engine' }
  | { readonly role: 'worker'; readonly agent: string }
  | { readonly role: 'operator'; readonly principal: string; readonly may: OperatorRights }
  | { readonly role: 'observer'; readonly name: string };

/** What a principal may do, as far as the server can tell: `define` and drain agents, start runs, or `answer` only. */
export type OperatorRights = 'define' | 'command' | 'answer';

/** The subjects that a user may publish to and subscribe to. */
export type Permissions = {
  readonly publish: readonly string[];
  /** What is excepted from these. */
  readonly neverPublish?: readonly string[];
  readonly subscribe: readonly string[];
};

/** What a user may do. Engines may do everything in their account. */
export function permissionsOf(names: Names, user: Role & { readonly user: string }): Permissions {
  const inbox = `${inboxPrefixOf(user.user)}.>`;
  switch (user.role) {
    case 'engine':
      return { publish: ['>'], subscribe: ['>'] };
    case 'worker':
      return working(names, user.agent, inbox);
    case 'operator':
      return commanding(names, user, reading(names, inbox));
    case 'observer':
      return reading(names, inbox);
  }
}

/** The queue of its agent, its own reports, and nothing else. */
function working(names: Names, agent: string, inbox: string): Permissions {
  const { namespace, workStream } = names;
  const consumer = names.workConsumer(agent);

  return {
    publish: [
      `$JS.API.CONSUMER.MSG.NEXT.${workStream}.${consumer}`,
      `$JS.ACK.${workStream}.${consumer}.>`,
      `wf.${namespace}.report.${subjectToken(agent)}.*`,
      names.helloSubject(agent),
    ],
    subscribe: [inbox, names.stopSubject(agent), names.rollCallSubject],
  };
}

/**
 * The journal, events and what became of them, and what is needed to show it: everything but the secrets of runs and
 * the items of agents.
 */
function reading(names: Names, inbox: string): Permissions {
  const { apiPrefix } = names;

  return {
    publish: [
      '$SYS.REQ.USER.INFO',
      // The state of a stream reveals none of its messages.
      `${apiPrefix}.STREAM.INFO.*`,
      ...readable(names).map((each) => `${apiPrefix}.STREAM.MSG.GET.${each}`),
      `${apiPrefix}.CONSUMER.LIST.${names.workStream}`,
      ...followed(names).flatMap(({ stream, subjects }) => [
        ...subjects.map((each) => `${apiPrefix}.CONSUMER.CREATE.${stream}.*.${each}`),
        `${apiPrefix}.CONSUMER.DELETE.${stream}.*`,
        `$JS.FC.${stream}.>`,
      ]),
      names.rollCallSubject,
    ],
    // The one by which engines know what they have dealt with.
    neverPublish: [
      `${apiPrefix}.CONSUMER.CREATE.${names.eventsStream}.${names.eventsConsumer}.>`,
      `${apiPrefix}.CONSUMER.DELETE.${names.eventsStream}.${names.eventsConsumer}`,
    ],
    subscribe: [inbox, names.helloSubjects, `wf.${names.namespace}.live.*`],
  };
}

/** The streams whose messages may be read one by one. */
function readable(names: Names): readonly string[] {
  const { leasesBucket, snapshotsBucket, limitsBucket, agentsBucket, triggersBucket } = names;
  const buckets = [leasesBucket, snapshotsBucket, limitsBucket, agentsBucket, triggersBucket];

  return [
    ...[names.journalStream, names.secondJournalStream, names.eventsStream, names.outcomesStream],
    ...buckets.map((bucket) => `KV_${bucket}`),
    `OBJ_${names.blobsBucket}`,
  ];
}

/** The streams that may be followed. */
function followed(
  names: Names,
): readonly { readonly stream: string; readonly subjects: readonly string[] }[] {
  return [
    ...[names.journalStream, names.secondJournalStream].map((stream) => ({
      stream,
      subjects: [names.journalSubjects, names.definitionSubjects],
    })),
    { stream: names.eventsStream, subjects: [names.eventSubjects] },
    { stream: names.outcomesStream, subjects: [names.outcomeSubjects] },
    { stream: `KV_${names.leasesBucket}`, subjects: [`$KV.${names.leasesBucket}.>`] },
  ];
}

/** Commands in one name, and what these need: the secrets of a run are stored before it is asked for. */
function commanding(
  names: Names,
  { principal, may }: Extract<Role, { role: 'operator' }>,
  { publish, ...rest }: Permissions,
): Permissions {
  const { namespace, apiPrefix, secretsBucket } = names;
  const starting = [
    `${apiPrefix}.STREAM.MSG.GET.KV_${secretsBucket}`,
    `$KV.${secretsBucket}.>`,
    names.eventSubjectsOf(principal),
  ];
  const defining = [
    names.textSubject('*'),
    names.versionSubject('*'),
    `$KV.${names.agentsBucket}.drain.*`,
    `$KV.${names.agentsBucket}.team.*`,
    ...markSubjects(names),
  ];

  return {
    publish: [
      ...publish,
      `wf.${namespace}.command.*.${subjectToken(principal)}`,
      `wf.${namespace}.command.*.${anyActor}`,
      ...(may === 'answer' ? [] : starting),
      ...(may === 'define' ? defining : []),
    ],
    ...rest,
  };
}

/** The marks that people make: how far schedules have come, and what is paused. */
export function markSubjects({ triggersBucket }: Names): readonly string[] {
  return ['schedule', 'paused'].map((kind) => `$KV.${triggersBucket}.${kind}.>`);
}

/** What the server lets a user do, as far as it changes what we do. */
export type UserRights = {
  /** What requests to JetStream begin with. */
  readonly apiPrefix: string;
  /** Whether it may do what engines do: claim, append, make streams. */
  readonly mayLead: boolean;
};

/**
 * Operators and observers are kept in an account of their own (see auth-conf.ts), where JetStream goes by another name.
 * The server tells every user what it may do; one that is told nothing may do everything.
 */
export async function rightsOf(connection: NatsConnection, { apiPrefix }: Names): Promise<UserRights> {
  try {
    const answer = await connection.request('$SYS.REQ.USER.INFO', '', { timeout: TIMEOUT_MS });
    const { allow } = UserInfo.parse(answer.json()).data.permissions.publish;

    return allow.some((subject) => subject.startsWith(`${apiPrefix}.`))
      ? { apiPrefix, mayLead: false }
      : everything;
  } catch {
    return everything;
  }
}
