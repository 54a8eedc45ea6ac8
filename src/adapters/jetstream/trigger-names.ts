import { isEventType } from '../../../events/cloud-event.ts';
import { isReservedName } from '../../../machines/agents/reserved-names.ts';
import { subjectToken, tokenText } from '../../ports/subject-token.ts';

/** How the events of a namespace, what became of them, and what is kept about triggers are called on the server. */
export type TriggerNames = {
  readonly eventsStream: string;
  readonly eventSubjects: string;
  /** Remembers which events have been dealt with. */
  readonly eventsConsumer: string;
  readonly outcomesStream: string;
  readonly outcomeSubjects: string;
  /** How far schedules have come, what is paused, how far runs were told of. */
  readonly triggersBucket: string;
  /** Where engines tell each other of the alerts that they say. */
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

/** No type of an event begins with it. */
const OWN = '@';
/** Types that are none may be of any length. */
const TOKEN_LENGTH_MAX = 400;

export function triggerNames(namespace: string): TriggerNames {
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
