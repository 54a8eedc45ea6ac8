import { subjectToken } from '../../../lib/text.ts';
import { anyActor } from '../../../ports/access/authority.ts';
import type { Names } from './names.ts';
import { inboxPrefixOf } from './names.ts';

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
        `${apiPrefix}.CONSUMER.CREATE.${stream}.*.${subjects}`,
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
    subscribe: [inbox, names.helloSubjects],
  };
}

/** The streams whose messages may be read one by one. */
function readable(names: Names): readonly string[] {
  const { definitionsBucket, leasesBucket, snapshotsBucket, limitsBucket, agentsBucket, triggersBucket } =
    names;
  const buckets = [
    ...[definitionsBucket, leasesBucket, snapshotsBucket],
    ...[limitsBucket, agentsBucket, triggersBucket],
  ];

  return [
    ...[names.journalStream, names.eventsStream, names.outcomesStream],
    ...buckets.map((bucket) => `KV_${bucket}`),
    `OBJ_${names.blobsBucket}`,
  ];
}

/** The streams that may be followed. */
function followed(names: Names): readonly { readonly stream: string; readonly subjects: string }[] {
  return [
    { stream: names.journalStream, subjects: names.journalSubjects },
    { stream: names.eventsStream, subjects: names.eventSubjects },
    { stream: names.outcomesStream, subjects: names.outcomeSubjects },
    ...[names.definitionsBucket, names.leasesBucket].map((bucket) => ({
      stream: `KV_${bucket}`,
      subjects: `$KV.${bucket}.>`,
    })),
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
    `$KV.${names.definitionsBucket}.>`,
    `$KV.${names.agentsBucket}.drain.*`,
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
