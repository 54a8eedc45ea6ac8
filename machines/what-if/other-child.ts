import { isBlobRef } from '../../events/blob-ref.ts';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { Fact } from '../../events/catalogue.ts';
import { localId } from '../compile/address.ts';
import { taskAt } from '../compile/task-at.ts';
import { isMapping } from '../language/read-tasks.ts';
import { redact } from '../run/redact.ts';
import { renderInput } from '../run/render.ts';
import type { Run } from '../run/run.ts';

/** What a run was started for is recorded, so that it can be seen whether it would have been another one. */
export function otherChild(run: Run, fact: Fact): string | undefined {
  if (fact.type !== 'child.started') return undefined;
  const { task: address, definition, input } = fact.data;
  const task = run.chart.plan.get(localId(address))?.task;
  const [wanted, version] = task?.type === 'SUB_WORKFLOW' ? task.workflow.split('@') : [];
  if (wanted !== undefined && wanted !== definition.id) {
    return `${address} starts a run of ${wanted} instead of ${definition.id}`;
  }
  if (version !== undefined && Number(version) !== definition.version)
    return `${address} starts a run of ${wanted}@${version} instead of ${definition.id}@${definition.version}`;
  // What a person put in its place is no business of the definition.
  if (taskAt(run.state, address)?.input !== undefined) return undefined;
  const rendered = renderInput(run, address);
  if (!rendered.ok) return `${address} cannot be started: ${rendered.error.message}`;
  const [shown, was] = [rendered.value, input].map((each) => redact(each, run.aside.hidden));
  const [given, then] = [isMapping(shown) ? Object.entries(shown) : [], isMapping(was) ? was : {}];
  const other = given.find(([name, value]) => then[name] !== '***' && !isSame(then[name], value));

  return other === undefined
    ? undefined
    : `${address} starts its run with ${other[0]} ${JSON.stringify(other[1])} instead of ${JSON.stringify(then[other[0]] ?? null)}`;
}

/** Large values stand as references in the journal: that they are others shows where they are read. */
function isSame(recorded: Json | undefined, now: Json): boolean {
  return recorded !== undefined && (isBlobRef(recorded) || canonicalJson(recorded) === canonicalJson(now));
}
