import type { Msg } from '@nats-io/transport-node';
import { Hello } from '../../../../events/worker-protocol.ts';
import { isAgentName } from '../../../../machines/agents/agent-name.ts';
import type { Presence } from '../../../ports/work/agent-admin.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { readMessage } from '../journal/journal-read.ts';

type HelloListener = (hello: Hello) => void;

/** The most senders of unreadable messages that are reported. */
const TOLD_MAX = 100;

/** What workers say of themselves, as plain messages that nobody stores. */
export function createPresence({ link, names }: { readonly link: Link; readonly names: Names }): Presence {
  const listeners = new Set<HelloListener>();
  const told = new Set<string>();
  let stop: (() => void) | undefined;

  function hear(message: Msg): void {
    const hello = helloIn(names, message);
    if (hello !== undefined) for (const listener of [...listeners]) listener(hello);
    else if (told.size < TOLD_MAX && !told.has(message.subject)) {
      told.add(message.subject);
      link.tell(
        `a worker says on ${message.subject} that it is there in a way that this version does not understand, and is ` +
          'not counted; is it of another version, does it speak for another agent, or is the name of its agent too long?',
      );
    }
  }

  return {
    onHello: (listener) => {
      listeners.add(listener);
      stop ??= subscribe(link, names.helloSubjects, hear);

      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
    callRoll: () => {
      if (link.isUp()) link.connection.publish(names.rollCallSubject);
    },
  };
}

function subscribe(link: Link, subject: string, hear: (message: Msg) => void): () => void {
  const subscription = link.connection.subscribe(subject, {
    callback: (error, message) => {
      if (error === null) hear(message);
    },
  });

  return () => subscription.unsubscribe();
}

/** Permissions pin the agent in the subject: a hello for another agent is nobody's. */
function helloIn(names: Names, message: Msg): Hello | undefined {
  const hello = readMessage(Hello, message.string());
  if (hello === undefined) return undefined;

  return message.subject === names.helloSubject(hello.agent) && isAgentName(hello.agent) ? hello : undefined;
}
