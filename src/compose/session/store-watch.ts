import { within } from '../../lib/deadline.ts';
import { messageOf } from '../../lib/text.ts';
import { SiteFenced } from '../../ports/backup.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StoreTrouble } from '../../ports/runs/journal.ts';
import type { JetStreamHandle } from '../../stores/jetstream/connect.ts';

/** Whether the NATS server stores what it is given, and why it does not. */
export type StoreWatch = {
  /** Undefined while it does, as far as is known. */
  readonly trouble: () => (StoreTrouble & { readonly sinceMs: number }) | undefined;
  /** Resolves when the site is found to be fenced: nothing is left to do here. */
  readonly fenced: Promise<SiteFenced>;
  readonly close: () => void;
};

/** The project's own server, which is nobody else's to look after. */
export type OwnServer = {
  readonly trouble: () => Promise<(StoreTrouble & { readonly restart?: string }) | undefined>;
  /** Starts the server of this name anew. Resolves with whether it was done here. */
  readonly restart: (name: string) => Promise<boolean>;
};

type StoreWatchDeps = {
  readonly stream: Pick<JetStreamHandle, 'isConnected' | 'writes' | 'url' | 'fence'>;
  /** Absent: the server is somebody else's. */
  readonly own: OwnServer | undefined;
  readonly clock: Clock;
  readonly onProgress: (message: string) => void;
};

const lookEveryMs = 1_000;
const seenMsMax = 2_000;
/** A fence is looked for so often where nothing is suspicious. */
const fenceEveryLooks = 5;
/** Three writes in a row were not answered: a slow disk, or a server that stands still. */
const failingMsMax = 6_000;
/** A connection breaks, and is there again at once, whenever a server is started anew. */
const unreachableMsMax = 3_000;
/** After so long the server is started anew once more, where that did not help. */
const restartPausesMs = [5_000, 15_000, 60_000];

/** Follows what became of the last writes; starts the project's own server anew where nothing else helps. */
export function watchStore({ stream, own, clock, onProgress }: StoreWatchDeps): StoreWatch {
  let trouble: (StoreTrouble & { readonly sinceMs: number }) | undefined;
  let cancel = (): void => undefined;
  let closed = false;
  const restarts = own && createRestarts({ own, clock, onProgress });
  let downSince: number | undefined;
  const fences = createFenceWatch({ stream, clock });

  async function look(): Promise<void> {
    const found = (await fences.look()) ?? (await findTrouble());
    if (found !== undefined && found.code !== trouble?.code)
      onProgress(`no event is stored: ${found.message}`);
    if (found === undefined && trouble !== undefined) onProgress('events are stored again');
    trouble = found && { ...found, sinceMs: trouble?.sinceMs ?? clock.now() };
  }

  async function findTrouble(): Promise<StoreTrouble | undefined> {
    const isDown = !stream.isConnected();
    downSince = isDown ? (downSince ?? clock.steady()) : undefined;
    const failing = stream.writes.failing();
    const isSuspicious = isDown || failing !== undefined;
    // A disk that hangs holds up whoever looks at it, too.
    const seen = own && isSuspicious ? await within(clock, seenMsMax, own.trouble()) : undefined;
    const isRestarted = await restarts?.restart(seen?.restart);
    // It is looked at again before anything is said of it.
    if (isRestarted === true) return trouble;
    if (seen !== undefined) return { code: seen.code, message: seen.message };
    if (downSince !== undefined) return goneTrouble(stream.url, clock.steady() - downSince);

    return failing && toldTrouble(stream.url, failing);
  }

  function again(): void {
    void look()
      .catch((error: unknown) => onProgress(`the store could not be looked at: ${messageOf(error)}`))
      .finally(() => {
        if (!closed) cancel = clock.after(lookEveryMs, again);
      });
  }
  cancel = clock.after(lookEveryMs, again);

  return {
    trouble: () => trouble,
    fenced: fences.fenced,
    close: () => {
      closed = true;
      cancel();
    },
  };
}

function createFenceWatch({ stream, clock }: Pick<StoreWatchDeps, 'stream' | 'clock'>) {
  let looks = 0;
  let known: SiteFenced | undefined;
  let tell: (fenced: SiteFenced) => void = () => undefined;
  const fenced = new Promise<SiteFenced>((resolve) => {
    tell = resolve;
  });

  return {
    fenced,
    look: async (): Promise<SiteFenced | undefined> => {
      const isDue = stream.writes.failing() !== undefined || looks % fenceEveryLooks === 0;
      looks += 1;
      // What was found counts until it is looked at again.
      if (!isDue || !stream.isConnected()) return known;
      const fence = await within(clock, seenMsMax, stream.fence());
      known = fence && new SiteFenced(fence);
      if (known !== undefined) tell(known);

      return known;
    },
  };
}

function goneTrouble(url: string, goneMs: number): StoreTrouble | undefined {
  if (goneMs <= unreachableMsMax) return undefined;

  return { code: 'nats.unreachable', message: `the NATS server at ${url} cannot be reached` };
}

/** What the answers of a server say that is not ours to look into. */
function toldTrouble(
  url: string,
  { forMs, reason }: { readonly forMs: number; readonly reason: string },
): StoreTrouble | undefined {
  if (/insufficient|no space|storage|is full|maximum (bytes|messages)/i.test(reason)) {
    const message = `the NATS server at ${url} has no room left (${reason}); make room there and start it anew`;
    return { code: 'nats.disk-full', message };
  }
  if (forMs <= failingMsMax) return undefined;
  const message = `the NATS server at ${url} has stored nothing for ${Math.round(forMs / 1_000)} s (${reason}); is its disk full, or slow?`;

  return { code: 'nats.not-storing', message };
}

/** Starts the server anew, again and again where that does not help, with longer and longer pauses. */
function createRestarts({
  own,
  clock,
  onProgress,
}: Pick<StoreWatchDeps, 'clock' | 'onProgress'> & { readonly own: OwnServer }) {
  let times = 0;
  let notBeforeMs = 0;

  return {
    /** Resolves with whether it was tried now. None: there is no need. */
    restart: async (name: string | undefined): Promise<boolean> => {
      const isDue = clock.steady() >= notBeforeMs;
      // A server that stored for a while is not the one that did not.
      if (name === undefined && isDue) times = 0;
      if (name === undefined || !isDue) return false;
      notBeforeMs = clock.steady() + (restartPausesMs[Math.min(times, restartPausesMs.length - 1)] ?? 0);
      times += 1;
      onProgress('there is room and the NATS server stores nothing still; starting it anew');
      try {
        if (await own.restart(name)) onProgress('the NATS server was started anew');
      } catch (error) {
        onProgress(`the NATS server could not be started anew: ${messageOf(error)}; trying again`);
      }

      return true;
    },
  };
}
