import type { EndedPass } from '../chart-event.ts';
import type { TaskPlace } from '../plan.ts';
import type { RegionEvent } from '../region-event.ts';
import type { Body, Item, TaskState } from '../run/run-state.ts';
import { emptyBody, openNext, passOutput, withBodyItem } from './body.ts';

/** The body of a task after a pass through it ended; `keep`: its tasks can be read from outside. */
export function afterPass(place: TaskPlace, task: TaskState, pass: EndedPass, keep: boolean): Body {
  const body = task.body ?? emptyBody();
  const failed = pass.error !== undefined;
  const tasks = keep || failed || place.body?.undoable === true ? { tasks: pass.tasks } : {};
  const item: Item = failed
    ? { state: 'failed', error: pass.error, ...tasks }
    : { state: 'completed', output: passOutput(pass.tasks), ...tasks };
  const next = withBodyItem(body, pass.index, item);

  return failed ? { ...next, failed: body.failed + 1 } : { ...next, completed: body.completed + 1 };
}

/** Opens passes until so many are under way, or none is left. */
export function openUpTo(place: TaskPlace, body: Body, underWayMax: number): Body {
  let next = body;
  while (underWay(next) < underWayMax && next.opened < (next.count ?? Number.POSITIVE_INFINITY)) {
    next = openNext(next, place.body?.tasks ?? {});
  }

  return next;
}

/** The passes that were opened and have not ended. */
export function underWay({ opened, completed, failed }: Body): number {
  return opened - completed - failed;
}

/** A body with the items that the event lists; without, one whose passes nobody has counted. */
export function bodyListed({ fact }: RegionEvent): Body {
  if (fact.type !== 'items.listed') return emptyBody();
  const { items, count } = fact.data;

  return emptyBody({ items, count });
}
