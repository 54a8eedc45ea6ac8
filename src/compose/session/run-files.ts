import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../../machines/run/run.ts';
import { toView } from '../../engine/queries/queries.ts';
import type { Charts } from '../../engine/run-reader/charts.ts';
import type { RunReader } from '../../engine/run-reader/run-reader.ts';
import { messageOf } from '../../lib/text.ts';
import type { Board } from '../../ports/runs/board.ts';
import type { Workflows } from '../../ports/runs/workflows.ts';
import { createExecutionLogs } from '../../project/execution-logs.ts';
import { createStateFile, runsMax, stateFilePath } from '../../project/state-file.ts';
import { systemClock } from '../system-clock.ts';

/** The files of the project that copy what the journal says of runs: the state file and the execution logs. */
export type RunFiles = {
  /** Takes note of a change of a run. */
  readonly update: (run: Run) => void;
  /** Writes the state file anew where it is gone, with the runs that were created last. Never rejects. */
  readonly restore: (workflows: Pick<Workflows, 'runs' | 'inspect'>) => Promise<void>;
  /** Appends the log lines of runs that ended lately, which an engine that was killed may not have. Never rejects. */
  readonly catchUp: (board: Pick<Board, 'each'>, charts: Charts) => Promise<void>;
  readonly flush: () => Promise<void>;
};

/** An engine that is killed leaves half a second of lines unwritten; another one follows soon. */
const caughtUpMs = 10 * 60_000;

export function openRunFiles(options: {
  readonly projectDir: string;
  readonly entries: RunReader['entries'];
  readonly onProgress: (message: string) => void;
}): RunFiles {
  const { projectDir, onProgress } = options;
  const stateFile = createStateFile({ projectDir, clock: systemClock });
  const logs = createExecutionLogs({
    ...options,
    clock: systemClock,
    onTrouble: (run, error) =>
      onProgress(`run ${run}: its execution log is not written: ${messageOf(error)}`),
  });

  return {
    update: (run) => {
      stateFile.update(run.state.run, () => toView(run, run.time));
      logs.update({ ...run.state, monitoring: run.chart.definition.monitoring });
    },
    restore: async (workflows) => {
      if (existsSync(join(projectDir, stateFilePath))) return;
      try {
        for await (const view of latestRuns(workflows)) stateFile.update(view.run, () => view);
      } catch (error) {
        onProgress(`the state file is not restored: ${messageOf(error)}`);
      }
    },
    catchUp: async (board, charts) => {
      const updatedFrom = new Date(systemClock.now() - caughtUpMs).toISOString();
      const filter = { isEnded: true, isDamaged: false, updatedFrom };
      for await (const { run, head } of board.each(filter, 'updated')) {
        const chart = await charts.byHash(head.definition.hash).catch(() => undefined);
        logs.update({ run, status: head.status, monitoring: chart?.definition.monitoring });
      }
    },
    flush: async () => void (await Promise.all([stateFile.flush(), logs.flush()])),
  };
}

async function* latestRuns(workflows: Pick<Workflows, 'runs' | 'inspect'>) {
  for (const { run } of await workflows.runs.page({ order: 'started', limit: runsMax })) {
    const { view } = await workflows.inspect(run);
    if (view !== undefined && view.damage === undefined) yield view;
  }
}
