// A thread of one build, sound or not: plays what the sound one has made on the engine of its own.
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { createRehearsals } from '../../src/compose/rehearsal.ts';
import { messageOf } from '../../src/lib/text.ts';
import { type Generated, loaded } from './generate.ts';

/** What a thread tells: that it is about to play a scenario, which one goes another way, and that none did. */
export type Told =
  | { readonly kind: 'plays'; readonly scenario: string }
  | { readonly kind: 'differs'; readonly scenario: string; readonly message: string }
  | { readonly kind: 'done' };

const tell = (told: Told): void => parentPort?.postMessage(told);
const generated = JSON.parse(readFileSync(String(workerData), 'utf8')) as readonly Generated[];
tell((await firstDifference()) ?? { kind: 'done' });

async function firstDifference(): Promise<Told | undefined> {
  const rehearsals = createRehearsals();
  for (const { name, text, scenarios } of generated) {
    const definition = loaded(name, text);
    for (const each of scenarios) {
      const scenario = `${name}: ${each.name}`;
      tell({ kind: 'plays', scenario });
      const message = await rehearsals
        .play(definition, each)
        .then((result) => (result.ok ? undefined : result.message), messageOf);
      if (message !== undefined) return { kind: 'differs', scenario, message };
    }
  }

  return undefined;
}
