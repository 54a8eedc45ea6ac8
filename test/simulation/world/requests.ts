import type { Link } from './link.ts';
import type { World } from './world.ts';

export type RequestHandler = (body: string) => Promise<string>;
type Served = { readonly link: Link; readonly handler: RequestHandler };
type Asked = { readonly body: string; readonly timeoutMs: number };

/** Requests between processes: to one of those that serve the subject, at most once for each asking. */
export type RequestServer = {
  readonly serve: (link: Link, subject: string, handler: RequestHandler) => () => void;
  /** The answer; undefined when there is none in time, or when it is empty: nobody serves, or who does has none. */
  readonly askOnce: (link: Link, subject: string, asked: Asked) => Promise<string | undefined>;
};

export function createRequestServer(
  world: World,
  { mayComeLate = false }: { readonly mayComeLate?: boolean } = {},
): RequestServer {
  const { agenda, random, faults } = world;
  const serving = new Map<string, Set<Served>>();

  /** To one of those who serve, who may be gone before it has answered. Undefined: nobody listens. */
  function deliver(subject: string, body: string, answered: (answer: string) => void): Served | undefined {
    const servers = [...(serving.get(subject) ?? [])];
    if (servers.length === 0) return undefined;
    const served = random.pick(servers);
    served.link.receive(() => {
      void answerOf(served.handler, body).then((answer) => {
        if (!faults.strikes('lost answer') && served.link.isAlive()) answered(answer);
      });
    }, 0);

    return served;
  }

  return {
    serve: (link, subject, handler) => {
      const entry = { link, handler };
      const ofSubject = serving.get(subject) ?? new Set();
      serving.set(subject, ofSubject.add(entry));
      const end = () => void ofSubject.delete(entry);
      link.onEnd(end);

      return end;
    },
    askOnce: (link, subject, { body, timeoutMs }) =>
      new Promise((resolve) => {
        const cancel = link.clock.after(timeoutMs, () => resolve(undefined));
        const receive = (answer: string): void =>
          link.receive(() => {
            cancel();
            resolve(answer === '' ? undefined : answer);
          });
        if (faults.strikes('lost request') || !world.isReachable(false)) return;
        if (mayComeLate && faults.strikes('late word')) {
          agenda.after(
            timeoutMs * (0.2 + 4 * random.next()),
            () => void deliver(subject, body, () => undefined),
          );
          return;
        }
        agenda.after(world.latencyMs(), () => {
          // The server says at once that nobody listens.
          if (deliver(subject, body, receive) === undefined) receive('');
        });
      }),
  };
}

async function answerOf(handler: RequestHandler, body: string): Promise<string> {
  try {
    return await handler(body);
  } catch {
    return '';
  }
}
