import type { DoctorLine, DoctorOptions, OnProgress } from '../adapters/cli/app.ts';
import type { JetStreamHandle } from '../adapters/jetstream/connect.ts';
import { createCharts } from '../engine/charts.ts';
import { type CheckedRuns, checkRuns, type DamagedRun } from '../engine/check-runs.ts';
import { damageText } from '../ports/damage.ts';
import { messageOf } from '../ports/message-of.ts';
import { adviceFor } from './doctor-advice.ts';
import { repairRuns } from './doctor-repair.ts';
import { libraryVersion } from './library-version.ts';

/** Verifies the journals of the runs, and says of each that is damaged what can be done. */
export async function runLines(
  stream: JetStreamHandle,
  options: DoctorOptions,
  onProgress: OnProgress,
): Promise<readonly DoctorLine[]> {
  const { journal, definitions, slots, commands, leases, changeLeader } = stream;
  const snapshots = stream.snapshotsFor(libraryVersion());
  const deps = { journal, charts: createCharts(definitions), snapshots };
  const { all = false, repair = false, yes = false, projectDir } = options;
  const found = await checkRuns(deps, { all, onProgress });
  const repaired =
    repair && yes
      ? await repairRuns({ ...deps, definitions, slots, commands, leases, changeLeader }, found.damaged, {
          projectDir,
          all,
          onProgress,
        })
      : { lines: [], damaged: found.damaged };
  const isReplicated = (await stream.health()).some(({ replicas }) => replicas > 1);
  const adviceOf = (damaged: DamagedRun) => adviceFor(damaged, { projectDir, slots, isReplicated });

  return [
    ...verdict(found, all),
    ...found.failed.map(failedLine),
    ...found.strangers.map(strangerLine),
    ...repaired.lines,
    ...(await Promise.all(
      repaired.damaged.map(async (damaged) => ({
        ...damagedLine(damaged),
        ...(repair ? { advice: await adviceOf(damaged) } : { fix: 'workflow doctor --repair' }),
      })),
    )),
  ];
}

function verdict({ checked, damaged, failed }: CheckedRuns, all: boolean): readonly DoctorLine[] {
  if (damaged.length + failed.length > 0) return [];
  const which = all ? 'runs' : 'runs under way';

  return [{ name: 'runs', status: 'ok', detail: `${checked} ${which} verified, every journal is sound` }];
}

function damagedLine({ run, damage, definition }: DamagedRun): DoctorLine {
  const of = definition === undefined ? '' : ` of ${definition.id} v${definition.version}`;

  return { name: 'runs', status: 'fail', detail: `${run}${of} is quarantined: ${damageText(damage)}` };
}

function failedLine({ run, error }: CheckedRuns['failed'][number]): DoctorLine {
  return { name: 'runs', status: 'fail', detail: `${run} cannot be verified: ${messageOf(error)}` };
}

function strangerLine({ position, reason }: CheckedRuns['strangers'][number]): DoctorLine {
  return {
    name: 'journal',
    status: 'warn',
    detail: `position ${position} holds a message that is of no run: ${reason}`,
    fix: 'only engines should be allowed to publish there; it harms no run',
  };
}
