// Long runs that are looked at are kept folded, and everything is as if they were folded anew. Method: a loop goes on
// for 1,500 events; whatever is asked in whatever order is compared with the fold from the first event.
import { expect, test } from 'vitest';
import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import { createCharts } from '../../../src/engine/run-reader/charts.ts';
import { createFoldedRuns } from '../../../src/engine/run-reader/folded-runs.ts';
import { type LoadedRun, loadRun } from '../../../src/engine/run-reader/load-run.ts';
import type { Journal } from '../../../src/ports/runs/journal.ts';
import { createMemoryDefinitionStore } from '../../../src/stores/memory/definition-store.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { createMemorySnapshots } from '../../../src/stores/memory/snapshots.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { bodiesOf, createStage, register } from '../../support/engine-bench.ts';
import { createMemoryStores } from '../../support/memory-stores.ts';

const passes = 800;
const text = `workflow:
  id: long
  version: 1
  tasks:
    - id: again
      type: DO_WHILE
      max_iterations: 1000
      loop_condition: "loop.iteration < ${passes}"
      tasks: [{id: one, uses: noop, timeout: 1m}]
    - {id: last, uses: noop, depends_on: again, timeout: 1m}
`;
const id = 'run-1';
const definitions = createMemoryDefinitionStore();
const charts = createCharts(definitions);
const bodies = await playLong();
const lastEvent = bodies.length;

/** The records of a run that waits for its last task. */
async function playLong(): Promise<readonly string[]> {
  const journal = createMemoryJournal();
  const chart = chartOfText(text);
  await register(definitions, chart, text);
  const stage = createStage({ journal, definitions, stores: createMemoryStores() });
  await stage.engine.startRun({ run: id, chart, input: {}, actor: 'test' });
  for (let pass = 0; pass < passes; pass += 1)
    (await stage.attempt(`again[${pass}].one#1`)).complete({ pass });
  await stage.attempt('last#1');
  await stage.engine.stop();

  return bodiesOf(journal, id);
}

function journalOf(records: readonly string[]): Journal {
  const journal = createMemoryJournal();
  for (const body of records) journal.plant({ run: id, body });

  return journal;
}

/**
 * Runs kept of a journal that may become another one, whatever run it is asked for; `reads`: the positions that it was
 * read behind.
 */
function keptOf(options: { readonly charactersMax?: number } = {}) {
  const reads: number[] = [];
  let journal = journalOf(bodies);
  const asked: Journal = {
    ...journal,
    last: (run) => journal.last(run),
    read: (_run, { after = 0 } = {}) => {
      reads.push(after);
      return journal.read(id, { after });
    },
  };
  const sources = { journal: asked, charts, snapshots: createMemorySnapshots() };

  return {
    kept: createFoldedRuns(sources, options.charactersMax),
    reads,
    becomes: (records: readonly string[]) => {
      journal = journalOf(records);
    },
  };
}

/** The run after each of its events, folded from the first. */
const course: LoadedRun[] = [];
await loadRun(journalOf(bodies), charts, id, { onFolded: (loaded) => course.push(loaded) });
const folded = (until = lastEvent): Json => told(course[until - 1]);

function told(loaded: LoadedRun | undefined): Json {
  if (loaded === undefined) return null;
  const { run, position, time } = loaded;
  const { sequence, hash, state } = run;

  return { sequence, hash, position, time, state: canonicalJson(state as unknown as Json) };
}

test('however a run is looked at, it is as if it were folded from its first event', async () => {
  expect(lastEvent).toBeGreaterThan(1_500);
  const { kept } = keptOf();
  const looks = [700, 699, undefined, 1_000, 1, 1_499, 501, 500, lastEvent, 1_001, 3, undefined];
  for (const until of looks) expect(told(await kept.load(id, until))).toEqual(folded(until));
  const together = [1_200, 1_199, 640].map((until) => kept.load(id, until));

  expect((await Promise.all(together)).map(told)).toEqual([1_200, 1_199, 640].map((until) => folded(until)));
});

test('what was folded is not folded again: an event and the one before it, and from the last 500th on', async () => {
  const { kept, reads } = keptOf();
  await kept.load(id, 1_300);
  expect(reads.splice(0)).toEqual([0]);
  await kept.load(id, 1_300);
  await kept.load(id, 1_299);
  expect(reads.splice(0)).toEqual([1_299, 1_298]);
  await kept.load(id, 700);

  expect(reads).toEqual([499, 500]);
});

test('what lands is folded on to what is kept', async () => {
  const { kept, reads, becomes } = keptOf();
  becomes(bodies.slice(0, 900));
  expect((await kept.load(id)).run.sequence).toBe(900);
  reads.splice(0);
  becomes(bodies);

  expect(told(await kept.load(id))).toEqual(folded());
  expect(reads).toEqual([899, 900]);
});

test('a record that is another one than it was, or is gone, is found out', async () => {
  const { kept, becomes } = keptOf();
  await kept.load(id);
  await kept.load(id, 800);
  becomes(bodies.map((body, index) => (index === 799 ? body.replace('"pass":', '"pass" :') : body)));
  await expect(kept.load(id, 800)).rejects.toMatchObject({ code: 'journal.altered', sequence: 800 });
  becomes(bodies.slice(0, 600));

  expect((await kept.load(id)).run.sequence).toBe(600);
});

test('no more is kept than there is room for', async () => {
  const { kept, reads } = keptOf({ charactersMax: 10_000 });
  await kept.load(id, 1_300);
  await kept.load(id, 1_300);

  expect(reads).toEqual([0, 0]);
});

test('short runs that are looked at side by side push no long one out', async () => {
  const { kept, reads } = keptOf();
  await kept.load(id);
  await Promise.all(Array.from({ length: 20 }, (_, index) => kept.load(`short-${index}`, 10)));
  reads.splice(0);
  await kept.load(id);

  expect(reads).toEqual([lastEvent - 1, lastEvent]);
});
