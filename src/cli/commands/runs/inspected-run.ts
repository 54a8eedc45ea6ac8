import { damageText } from '../../../../machines/run/record/damage-text.ts';
import type { Inspection, RunView } from '../../../ports/runs/workflows.ts';
import { runDocument } from '../../../projections/run/run-document.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import { oneLine } from '../../../terminal/render/width.ts';
import type { CliSession } from '../../app.ts';
import type { Invocation } from '../../invocation.ts';
import { namedRun } from './named-run.ts';

/** Shows the run that was named. One that is quarantined is shown as far as its journal can be trusted. */
export async function showInspected(
  invocation: Invocation,
  { workflows }: CliSession,
  { name, textOf }: { readonly name: string; readonly textOf: (view: RunView) => string },
): Promise<void> {
  const { output, hint } = invocation;
  const run = await namedRun(invocation, workflows, name);
  const inspected = await workflows.inspect(run);
  const { view, damage } = inspected;
  output.document('Run', view === undefined ? { run, status: 'QUARANTINED', damage } : runDocument(view));
  if (!output.json) output.data(view === undefined ? unreadableText(invocation, inspected) : textOf(view));
  if (damage === undefined) return;
  output.note(output.notePaint.dim('try next:'));
  for (const words of [
    ['history', shortId(run)],
    ['doctor', '--repair'],
  ])
    output.note(`  ${hint(...words)}`);
}

/** A run of which not even the first event can be trusted. */
function unreadableText({ output: { paint } }: Invocation, { run, damage }: Inspection): string {
  return [
    `${paint.status('QUARANTINED')}  ${run}`,
    ...(damage === undefined ? [] : [`  ${oneLine(damageText(damage))}`]),
    '  no engine works on it any more, and nothing can be told of it',
  ].join('\n');
}
