import type { Link } from './link.ts';
import type { Message, Stream } from './stream.ts';

/** The server of the journal that each engine reaches: one for all, unless a second one runs on the same store. */
export type JournalServers = {
  /** The stream as a process sees it, wherever it reaches it at the time. */
  readonly of: (link: Pick<Link, 'name'>) => Stream;
  /** Has the engines in these places append to a second server from now on. */
  readonly divide: (places: readonly string[]) => void;
  /** The second server ends: returns what is gone with it. */
  readonly unite: () => readonly Message[];
  readonly isDivided: () => boolean;
  /** How often there was a second server. */
  readonly divisions: () => number;
};

/** `onApart` is called for every message that is stored on a second server. */
export function createJournalServers(
  stream: Stream,
  onApart: (message: Message, apart: Stream) => void,
): JournalServers {
  const listeners: ((message: Message) => void)[] = [];
  let second: { readonly stream: Stream; readonly places: readonly string[]; gone: Message[] } | undefined;
  let divisions = 0;
  const reached = (name: string): Stream =>
    second?.places.some((place) => name.startsWith(`${place}.`)) ? second.stream : stream;

  return {
    of: ({ name }) => {
      const here = () => reached(name);

      return {
        publish: (append) => here().publish(append),
        plant: (run, body) => here().plant(run, body),
        damage: (position, body) => here().damage(position, body),
        loseTail: (count) => here().loseTail(count),
        leave: (left) => here().leave(left),
        close: () => here().close(),
        open: () => here().open(),
        fork: () => here().fork(),
        of: (run) => here().of(run),
        at: (position) => here().at(position),
        runs: () => here().runs(),
        length: () => here().length(),
        end: () => here().end(),
        onStored: (listen) => {
          stream.onStored(listen);
          listeners.push(listen);
        },
      };
    },
    divide: (places) => {
      const apart = stream.fork();
      const gone: Message[] = [];
      second = { stream: apart, places, gone };
      divisions += 1;
      apart.onStored((message) => {
        gone.push(message);
        onApart(message, apart);
        for (const listen of listeners) listen(message);
      });
    },
    unite: () => {
      const gone = second?.gone ?? [];
      second = undefined;

      return gone;
    },
    isDivided: () => second !== undefined,
    divisions: () => divisions,
  };
}
