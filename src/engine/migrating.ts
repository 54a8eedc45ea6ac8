import type { Json } from '../../events/canonical-json.ts';
import type { JournalRecord } from '../../events/record.ts';
import type { Chart } from '../../machines/compile/chart.ts';
import type { Command } from '../../machines/run/command.ts';
import { decide } from '../../machines/run/decide.ts';
import { ledTo } from '../../machines/run/remembered-requests.ts';
import type { Run } from '../../machines/run/run.ts';
import { type Landing, landing } from '../../machines/what-if/landing.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Journal } from '../ports/journal.ts';
import { type AsidesDeps, asideOf } from './asides.ts';
import type { Asker } from './asker.ts';
import type { Charts } from './charts.ts';
import { loadRun } from './load-run.ts';
import type { Outcome } from './mailbox.ts';
import { asBefore, tooLarge } from './mailbox-answers.ts';
import { blobBytesMax } from './storable.ts';
import { withLargeValues } from './what-if.ts';

type MigrateDeps = AsidesDeps & {
  readonly journal: Journal;
  readonly blobs: BlobStore;
  readonly charts: Charts;
  readonly clock: Clock;
  readonly submit: (run: string, command: Command, asker: Asker) => Promise<Outcome>;
};

/** How often a run that moves on meanwhile is looked at again. */
const triesMax = 5;

/** Has a run under way go on by another version, where what was recorded leads to a state that matches. */
export async function migrateRun(
  deps: MigrateDeps,
  { run: id, hash, asker }: { readonly run: string; readonly hash: string; readonly asker: Asker },
): Promise<Outcome> {
  const { journal, charts, blobs, submit } = deps;
  const chart = await charts.byHash(hash);
  for (let tries = 1; ; tries += 1) {
    const { run } = await loadRun(journal, charts, id, { asideOf: (of) => asideOf(deps, of, id) });
    const known = answered(run, chart, asker);
    if (known !== undefined) return known;
    const landed = await landingOf(deps, run, chart);
    if (!landed.ok) return stays(landed.why);
    // What an event refers to is stored before it is.
    for (const blob of landed.blobs) await blobs.put(blob);
    const outcome = await submit(id, commandTo(chart, run, landed.state), asker);
    if (outcome.ok) return outcome;
    if (outcome.refusal.code === tooLarge.refusal.code)
      return stays('its state is larger than one record of the journal may be');
    if (outcome.refusal.code !== 'migrate.moved-on' || tries === triesMax) return outcome;
  }
}

function stays(why: string): Outcome {
  return { ok: false, refusal: { code: 'migrate.other-state', message: `it stays: ${why}` } };
}

function commandTo(chart: Chart, { sequence: at }: Run, state: Json): Command {
  return { kind: 'migrateRun', chart, at, state };
}

/** What can be said without looking where the run would be: that takes its whole journal. */
function answered(run: Run, chart: Chart, asker: Asker): Outcome | undefined {
  const led = ledTo(run.state, asker.id);
  if (led !== undefined) return asBefore(led);
  const decision = asker.refused?.(run) ?? decide(run, commandTo(chart, run, { phase: run.state.phase }));

  return decision.ok ? undefined : decision;
}

async function landingOf({ journal, blobs, clock }: MigrateDeps, run: Run, chart: Chart): Promise<Landing> {
  const records: JournalRecord[] = [];
  for await (const stored of journal.read(run.state.run)) {
    if (stored.kind === 'record' && stored.record.sequence <= run.sequence) records.push(stored.record);
  }
  const now = new Date(clock.now()).toISOString();
  const told = await withLargeValues(blobs, run.aside.blobs as Map<string, Json>, () =>
    landing(run, records, { chart, now }),
  );
  const landed: Landing = typeof told === 'string' ? { ok: false, why: told } : told;
  const huge = landed.ok ? landed.blobs.find(({ bytes }) => bytes > blobBytesMax) : undefined;

  return huge === undefined
    ? landed
    : { ok: false, why: `it would have made a value of ${huge.bytes} bytes` };
}
