import type { Json } from '../../events/canonical-json.ts';
import type { JournalRecord } from '../../events/record.ts';
import type { Chart } from '../../machines/compile/chart.ts';
import type { Command } from '../../machines/run/command.ts';
import { type Landing, landing } from '../../machines/what-if/landing.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Journal } from '../ports/journal.ts';
import { type AsidesDeps, asideOf } from './asides.ts';
import type { Asker } from './asker.ts';
import type { Charts } from './charts.ts';
import { loadRun } from './load-run.ts';
import type { Outcome } from './mailbox.ts';
import { withLargeValues } from './what-if.ts';

type MigrateDeps = AsidesDeps & {
  readonly journal: Journal;
  readonly blobs: BlobStore;
  readonly charts: Charts;
  readonly submit: (run: string, command: Command, asker: Asker) => Promise<Outcome>;
};

/** How often a run that moves on meanwhile is looked at again. */
const triesMax = 5;

/** Has a run under way go on by another version, where what was recorded leads to a state that matches. */
export async function migrateRun(
  deps: MigrateDeps,
  { run, hash, asker }: { readonly run: string; readonly hash: string; readonly asker: Asker },
): Promise<Outcome> {
  const chart = await deps.charts.byHash(hash);
  for (let tries = 1; ; tries += 1) {
    const { landed, at } = await landingOf(deps, { run, chart });
    if (!landed.ok)
      return { ok: false, refusal: { code: 'migrate.other-state', message: `it stays: ${landed.why}` } };
    const outcome = await deps.submit(run, { kind: 'migrateRun', chart, at, state: landed.state }, asker);
    if (outcome.ok || outcome.refusal.code !== 'migrate.moved-on' || tries === triesMax) return outcome;
  }
}

async function landingOf(
  deps: MigrateDeps,
  { run: id, chart }: { readonly run: string; readonly chart: Chart },
): Promise<{ readonly landed: Landing; readonly at: number }> {
  const { journal, blobs, charts } = deps;
  const { run } = await loadRun(journal, charts, id, { asideOf: (of) => asideOf(deps, of, id) });
  const records: JournalRecord[] = [];
  for await (const stored of journal.read(id)) {
    if (stored.kind === 'record' && stored.record.sequence <= run.sequence) records.push(stored.record);
  }
  const told = await withLargeValues(blobs, run.aside.blobs as Map<string, Json>, () =>
    landing(run, records, chart),
  );
  const landed: Landing = typeof told === 'string' ? { ok: false, why: told } : told;

  return { landed, at: run.sequence };
}
