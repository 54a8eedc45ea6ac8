import { readdir, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { DefinitionRef } from '../../../events/run-events.ts';
import { exportOf, exportText } from '../../../machines/audit/export-format.ts';
import { journalOf } from '../../../machines/prover/deep/counterexample-journal.ts';
import type { DeepReport } from '../../../machines/prover/deep/deep-check.ts';
import { scenarioRun } from '../../../machines/prover/explore/scenario.ts';
import { CliFailure } from '../cli-failure.ts';
import { type Target, writeTargets } from '../import/write-definitions.ts';

/**
 * Writes each counter-example twice: as an export of the run (`workflow audit verify`, `replay --from-export`), and
 * as a scenario that leads to it. Resolves with the paths of the files.
 */
export async function writeCounterexamples(
  reports: readonly DeepReport[],
  { folder, cwd, now }: { readonly folder: string; readonly cwd: string; readonly now: number },
): Promise<readonly string[]> {
  const targets = reports.flatMap((report) => targetsOf(report, { folder, cwd, now }));
  refuseSame(targets);
  await removeOlder(reports, resolve(cwd, folder));
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
    const name = `${prefixOf(ref)}${index + 1}-${code.replace(/^deep\./, '')}`;
    const { records, last } = journalOf(chart, candidates, counterexample);
    const source = { run: scenarioRun, definitions: [{ ref, text }], records: [...records], last };
    const exported = exportText(exportOf(source, new Date(now).toISOString()));
    return [
      target(join(folder, `${name}.audit.json`), cwd, exported),
      target(join(folder, `${name}.scenario.json`), cwd, `${JSON.stringify(counterexample, null, 2)}\n`),
    ];
  });
}

function prefixOf({ id, version }: DefinitionRef): string {
  return `${id}-v${version}-`;
}

/** Two files may hold the same version of a definition. */
function refuseSame(targets: readonly Target[]): void {
  const seen = new Set<string>();
  for (const { path, shown } of targets) {
    if (seen.has(path)) {
      throw new CliFailure(
        'usage.counterexamples',
        `two of the files hold the same version of a definition: both have ${shown}; nothing was written`,
        'check them one by one, with a folder for each',
      );
    }
    seen.add(path);
  }
}

/** Removes the files of earlier checks of these definitions, whose findings may be gone. */
async function removeOlder(reports: readonly DeepReport[], folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const prefixes = reports.map(({ loaded }) => prefixOf(loaded.ref));
  const isOurs = (name: string) =>
    prefixes.some(
      (prefix) =>
        name.startsWith(prefix) && /^\d+-[a-z-]+\.(audit|scenario)\.json$/.test(name.slice(prefix.length)),
    );
  await Promise.all(names.filter(isOurs).map((name) => rm(join(folder, name), { force: true })));
}

function target(file: string, cwd: string, text: string): Target {
  const path = resolve(cwd, file);

  return { path, shown: relative(cwd, path) || path, text };
}
