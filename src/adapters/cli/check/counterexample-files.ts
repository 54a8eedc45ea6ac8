import { join, relative, resolve } from 'node:path';
import { exportOf, exportText } from '../../../../machines/audit/export-format.ts';
import { journalOf } from '../../../../machines/deep/counterexample-journal.ts';
import { scenarioRun } from '../../../../machines/explore/scenario.ts';
import { type Target, writeTargets } from '../import/write-definitions.ts';
import type { DeepReport } from './deep-report.ts';

/**
 * Writes each counter-example twice: as the export of the run that it is (`workflow audit verify`, `replay
 * --from-export`), and as the scenario that leads to it. Resolves with how the files are called.
 */
export async function writeCounterexamples(
  reports: readonly DeepReport[],
  { folder, cwd, now }: { readonly folder: string; readonly cwd: string; readonly now: number },
): Promise<readonly string[]> {
  const targets = reports.flatMap((report) => targetsOf(report, { folder, cwd, now }));
  await writeTargets(targets, { force: true });

  return targets.map(({ shown }) => shown);
}

function targetsOf(
  { chart, candidates, loaded, findings }: DeepReport,
  { folder, cwd, now }: { readonly folder: string; readonly cwd: string; readonly now: number },
): readonly Target[] {
  const { ref, text } = loaded;

  return findings.flatMap(({ finding: { code, counterexample } }, index): readonly Target[] => {
    if (counterexample === undefined) return [];
    const name = `${ref.id}-${index + 1}-${code.replace(/^deep\./, '')}`;
    const { records, last } = journalOf(chart, candidates, counterexample);
    const source = { run: scenarioRun, definitions: [{ ref, text }], records: [...records], last };
    const exported = exportText(exportOf(source, new Date(now).toISOString()));
    return [
      target(join(folder, `${name}.audit.json`), cwd, exported),
      target(join(folder, `${name}.scenario.json`), cwd, `${JSON.stringify(counterexample, null, 2)}\n`),
    ];
  });
}

function target(file: string, cwd: string, text: string): Target {
  const path = resolve(cwd, file);

  return { path, shown: relative(cwd, path) || path, text };
}
