import { canonicalJson } from '../events/canonical-json.ts';
import { signed } from '../machines/run/record/record-text.ts';
import type { Journal } from '../src/ports/runs/journal.ts';

type Wanted = { readonly run: string; readonly count: number; readonly isOver?: boolean };

const inFlightTasks = 200;

/** Writes sound records of a run that no engine looks at: attempts that begin and complete, one task after another. */
export async function writeRecords(journal: Journal, { run, count, isOver = false }: Wanted): Promise<void> {
  let previoushash = '';
  let after = 0;
  for (let sequence = 1; sequence <= count; sequence++) {
    const id = `${run}/${sequence}`;
    const { body, hash } = signed(canonicalJson({ ...recordOf(run, sequence, isOver), previoushash }));
    after = await journal.append({ run, id, body, after });
    previoushash = hash;
  }
}

function recordOf(run: string, sequence: number, isOver: boolean) {
  const time = new Date(Date.parse('2026-01-01T00:00:00Z') + sequence * 10).toISOString();
  const task = `task_${Math.floor(sequence / 2) % inFlightTasks}`;
  const attempt = 1 + Math.floor(sequence / (2 * inFlightTasks));
  const begins = sequence % 2 === 0;
  const fact = begins
    ? { task, attempt, worker: 'scanner-1' }
    : { task, attempt, worker: 'scanner-1', output: { total_files: sequence, status: 'PASS' } };

  return {
    specversion: '1.0' as const,
    id: `${run}/${sequence}`,
    source: '/3ox/bench',
    type: begins ? 'task.started' : 'task.completed',
    subject: run,
    time,
    datacontenttype: 'application/json' as const,
    dataversion: 1,
    actor: 'worker:scanner-1',
    sequence,
    data: {
      fact,
      transitions: [{ task, from: 'scheduled', to: begins ? 'in_progress' : 'completed' }],
      head: {
        definition: { id: 'bench', version: 1, hash: 'f'.repeat(64) },
        status: isOver ? ('COMPLETED' as const) : ('RUNNING' as const),
        startedAt: time,
        ...(isOver ? { endedAt: time } : {}),
        settled: 0,
        tasks: inFlightTasks,
        active: [{ task, status: 'IN_PROGRESS' }],
      },
    },
  };
}
