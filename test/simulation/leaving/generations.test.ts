// The simulated journal goes on in another generation as the real one does: what is shown of runs that leave holds only
// as far as that. The time at which messages are stored is left out: virtual time is not that of the suite.
import { generationsContract, type OpenGenerations } from '../../contract/generations-contract.ts';
import { createSimJournal } from '../world/journal.ts';
import { createQuietWorld } from '../world/quiet-world.ts';
import { createStream } from '../world/stream.ts';
import { createGenerationServer, generationMsMin } from './generations.ts';

/** So much time passes at once while the journal is carried over. */
const passMs = 100;

async function open(): Promise<OpenGenerations> {
  const quiet = createQuietWorld();
  const { agenda, faults } = quiet.world;
  const stream = createStream(agenda.nowMs);
  const none = () => undefined;
  const server = createGenerationServer(quiet.world, stream, { onBegin: none, onLeave: none });
  const link = quiet.link('one');
  const generations = server.of(link);

  return {
    journal: createSimJournal(link, { stream, faults }),
    other: createSimJournal(quiet.link('other'), { stream, faults }),
    generations: {
      ...generations,
      next: async (options) => {
        await quiet.pass(generationMsMin);
        let isOver = false;
        const next = generations.next(options).finally(() => {
          isOver = true;
        });
        next.catch(none);
        while (!isOver) await quiet.pass(passMs);

        return next;
      },
    },
    plant: async (run, body) => stream.plant(run, body),
    close: async () => quiet.stop(),
  };
}

generationsContract(open, { isTimed: false });
