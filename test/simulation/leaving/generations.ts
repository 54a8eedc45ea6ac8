import {
  GenerationRefused,
  type JournalGeneration,
  type JournalGenerations,
  type LeftBehind,
} from '../../../src/ports/runs/generations.ts';
import { JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import type { Link } from '../world/link.ts';
import type { Stream } from '../world/stream.ts';
import type { World } from '../world/world.ts';

/** Carries the journal over as on a real server: begun, closed, whole, and then without those that leave. */
export type GenerationServer = { readonly of: (link: Link) => JournalGenerations };

type Hooks = {
  /** A process asks for the next generation. */
  readonly onBegin: (link: Link) => void;
  /** Right before these runs are gone. */
  readonly onLeave: (link: Link, left: LeftBehind) => void;
};

type Moving = {
  readonly link: Link;
  readonly without: LeftBehind;
  heardMs: number;
  isWhole: boolean;
};

/** The next generation may follow so much later; ten minutes on a real server. */
export const generationMsMin = 4_000;
const lookEveryMs = 1_000;
/** A carrier that says nothing for so long is taken for gone. */
const silentMsMax = 3_000;
const copyMsMax = 4_000;
const closedMsMax = 1_000;

export function createGenerationServer(
  { agenda, random, disturb, trace }: World,
  stream: Stream,
  { onBegin, onLeave }: Hooks,
): GenerationServer {
  let generation = 1;
  let carriedTo = 0;
  let begunMs = Number.NEGATIVE_INFINITY;
  let moving: Moving | undefined;

  function current(): JournalGeneration {
    const there = [...stream.runs()].flatMap((run) => stream.of(run));
    const bytes = there.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);

    return { generation, carriedTo, messages: there.length, bytes };
  }

  /** Whoever looks whether the carrier is there: forward once the new stream is whole, and back before. */
  function look(): void {
    const carried = moving;
    if (carried === undefined) return;
    carried.link.receive(() => {
      carried.heardMs = agenda.nowMs();
    }, 0);
    if (agenda.nowMs() - carried.heardMs > silentMsMax) {
      trace(`!! the carrier ${carried.link.name} is gone: ${carried.isWhole ? 'forward' : 'back'}`);
      if (carried.isWhole) goForward(carried);
      else goBack();
    }
    if (moving === carried) agenda.after(lookEveryMs, look);
  }

  function goBack(): void {
    moving = undefined;
    stream.open();
  }

  function goForward({ link, without }: Moving): void {
    onLeave(link, without);
    stream.leave(without.keys());
    generation += 1;
    carriedTo = stream.length();
    begunMs = agenda.nowMs();
    trace(`generation ${generation} goes on without ${without.size} runs`);
    goBack();
  }

  function refuseMovedOn(without: LeftBehind): void {
    for (const [run, last] of without)
      if ((stream.of(run).at(-1)?.position ?? last) > last) throw GenerationRefused.movedOn(run);
  }

  /** What one process does, request by request: it may end, or be taken for gone, between any two of them. */
  function carrier(link: Link, without: LeftBehind) {
    let mine: Moving | undefined;
    const ask = (what: string, act: (moving: Moving) => void) =>
      link.askPatiently(
        what,
        () => {
          if (mine === undefined || moving !== mine)
            throw new JournalUnavailable('another process took the carried journal over');
          mine.heardMs = agenda.nowMs();
          act(mine);
        },
        notCarried,
      );

    return {
      begin: () =>
        link.askPatiently(
          'begin a generation',
          () => {
            if (mine !== undefined && moving === mine) return;
            if (moving !== undefined)
              throw new GenerationRefused('generations.under-way', 'somebody else is at it');
            if (agenda.nowMs() - begunMs < generationMsMin)
              throw new GenerationRefused('generations.too-soon', 'the current generation began just now');
            refuseMovedOn(without);
            onBegin(link);
            mine = { link, without, heardMs: agenda.nowMs(), isWhole: false };
            moving = mine;
            agenda.after(lookEveryMs, look);
          },
          notCarried,
        ),
      close: () =>
        ask('close the journal', () => {
          disturb();
          stream.close();
        }),
      makeWhole: () =>
        ask('make the generation whole', (carried) => {
          refuseMovedOn(without);
          carried.isWhole = true;
        }),
      goOn: async () => {
        let isOver = false;
        await link.askPatiently(
          'go on in the generation',
          () => {
            // Asked again after a lost answer: it was done.
            if (isOver || mine === undefined || moving !== mine) return;
            isOver = true;
            goForward(mine);
          },
          notCarried,
        );
      },
      giveUp: () => {
        if (moving === mine && mine?.isWhole === false) goBack();
      },
    };
  }

  return {
    of: (link) => ({
      current: () => link.askPatiently('the current generation', current, notCarried),
      next: async ({ without }) => {
        const { begin, close, makeWhole, goOn, giveUp } = carrier(link, without);
        const pause = (ms: number) =>
          new Promise<void>((resolve) => void link.clock.after(ms, () => resolve()));
        await begin();
        try {
          await pause(random.between(50, copyMsMax));
          await close();
          await pause(random.between(10, closedMsMax));
          await makeWhole();
          await goOn();
          await pause(random.between(10, closedMsMax));
        } catch (error) {
          giveUp();
          throw error;
        }

        return link.askPatiently('the current generation', current, notCarried);
      },
    }),
  };
}

function notCarried(cause: Error): JournalUnavailable {
  return new JournalUnavailable(`the journal could not be carried over: ${cause.message}`, { cause });
}
