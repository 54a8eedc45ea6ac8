import { canonicalJson } from '../../events/canonical-json.ts';
import type { FactMembers } from '../../events/catalogue.ts';
import { JournalRecord } from '../../events/record.ts';
import type { DefinitionRef } from '../../events/run-events.ts';
import { localId, taskAt } from '../../machines/chart/task-at.ts';
import type { Command } from '../../machines/run/decide/command.ts';
import { decide } from '../../machines/run/decide/decide.ts';
import { JournalDamaged, type ReadRecord, replayRecord } from '../../machines/run/record/fold.ts';
import { newRun, type Run } from '../../machines/run/run.ts';
import { chartOfText } from '../support/chart-of.ts';

/**
 * Replays the runs of a golden journal, and gives what they come to by their ids. Every byte of every record has to
 * come out the same again, and what was evaluated has to give the same again. Throws JournalDamaged.
 */
export function replayGolden(
  bodies: readonly string[],
  definitionOf: (ref: DefinitionRef) => string,
): ReadonlyMap<string, Run> {
  const runs = new Map<string, Run>();
  for (const body of bodies) {
    const read = { body, record: JournalRecord.parse(JSON.parse(body)) as JournalRecord };
    const [id = ''] = read.record.id.split('/');
    const before = runs.get(id) ?? newRun(chartOfRef(read.record.data.head.definition, definitionOf));
    const after = replayRecord(before, read);
    evaluateAgain(before, read);
    runs.set(id, after);
  }

  return runs;
}

function chartOfRef(ref: DefinitionRef, definitionOf: (ref: DefinitionRef) => string) {
  const chart = chartOfText(definitionOf(ref));
  if (canonicalJson(chart.ref) !== canonicalJson(ref))
    throw new Error(
      `the text kept for ${ref.id} version ${ref.version} is another one: hash ${chart.ref.hash}`,
    );

  return chart;
}

/** Folding takes what expressions gave from the record. Here it is asked again of what was recorded before. */
function evaluateAgain(before: Run, { record }: ReadRecord): void {
  const command = evaluationOf(before, record);
  // What is secret, or too large, is not in the journal.
  if (command === undefined || before.chart.hasSecrets) return;
  const decision = decide(before, command);
  const again = decision.ok ? canonicalJson(decision.fact.data) : decision.refusal.message;
  // Who carried it out, and since when, is nothing that expressions give.
  const { startedAt: _startedAt, worker: _worker, ...fact }: FactMembers = record.data.fact;
  const recorded = canonicalJson(fact);
  if (again === recorded) return;
  throw new JournalDamaged(
    'journal.differs',
    record.sequence,
    `${record.type} was recorded as ${recorded}, evaluating it again gives ${again}`,
  );
}

const evaluated: ReadonlySet<string> = new Set([
  'condition.evaluated',
  'decision.made',
  'items.listed',
  'loop.evaluated',
  'variables.set',
  'wait.armed',
  'termination.reached',
]);

function evaluationOf(before: Run, { type, data }: JournalRecord): Command | undefined {
  if (type === 'run.completed') return { kind: 'conclude' };
  const address = String((data.fact as FactMembers).task);
  const isShaped =
    type === 'task.completed' && before.chart.plan.get(localId(address))?.task.type === 'TRANSFORM';
  // What is written to a file comes from whoever wrote it.
  const isWritten = taskAt(before.state, address)?.state !== 'scheduled';

  return evaluated.has(type) || (isShaped && !isWritten) ? { kind: 'evaluate', task: address } : undefined;
}
