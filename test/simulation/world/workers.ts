import type { Json } from '../../../events/canonical-json.ts';
import { localId } from '../../../machines/chart/task-at.ts';
import type { Task } from '../../../machines/task.ts';
import { createEventHandler } from '../../../src/outgoing/event-handler.ts';
import type { EventPublisher } from '../../../src/ports/events/event-publisher.ts';
import { type Attempt, type Handler, type Performers, TaskError } from '../../../src/ports/work/handler.ts';
import type { Link } from './link.ts';
import type { Setting } from './setting.ts';
import type { World } from './world.ts';

/**
 * What a task asks of its worker, in its input: how long it takes, how many attempts of it fail (by which code, to be
 * tried again or not), and what comes of it besides a token that names the attempt.
 */
type Wish = {
  readonly ms?: number;
  readonly fails?: number;
  readonly code?: string;
  readonly final?: boolean;
  readonly beats?: boolean;
  readonly gives?: Json;
  /** Size of what it gives, in KiB. */
  readonly kibs?: number;
  /** The process of the worker ends as soon as it has begun. */
  readonly kills?: boolean;
};

/** Those who carry attempts out in one process. */
export function createWorkers(
  world: World,
  parts: Pick<Setting, 'deeds' | 'court' | 'results'> & {
    readonly link: Link;
    readonly events: EventPublisher;
  },
): Performers {
  const { link, court } = parts;

  return {
    find: (task) => {
      if (isOfAgents(task)) return undefined;
      if (task.type !== 'EVENT')
        return { worker: link.name, handler: (attempt) => carryOut(world, parts, attempt) };
      const publish: Handler = createEventHandler(task, { events: parts.events, clock: link.clock });
      const handler: Handler = (attempt) => {
        court.begins(link, attempt);
        return publish(attempt).catch((error: unknown) => {
          court.perturb(attempt.run, 'events could not be published');
          throw error;
        });
      };

      return { worker: 'event', handler };
    },
  };
}

function isOfAgents(task: Task): boolean {
  return task.type === 'SIMPLE' && (task.performer.kind === 'agent' || task.performer.kind === 'skills');
}

/** Does what the input of an attempt asks for. */
export async function carryOut(
  world: World,
  { link, deeds, court, results }: Pick<Setting, 'deeds' | 'court' | 'results'> & { readonly link: Link },
  attempt: Attempt,
): Promise<Json> {
  const { faults, random } = world;
  const { attemptKey: key } = attempt;
  const wish = attempt.input as Wish;
  court.begins(link, attempt);
  const isSlow = faults.strikes('slow handler');
  const takesMs = isSlow ? random.between(5_000, 60_000) : (wish.ms ?? random.between(0, 300));
  if (isSlow) world.disturb();
  await pass(link, attempt, { takesMs, beats: wish.beats === true });
  if (attempt.signal.aborted && !faults.strikes('handler goes on'))
    throw new TaskError('worker.stopped', 'told to stop');
  deeds.did(key);
  if (faults.strikes('handler breaks')) {
    court.perturb(attempt.run, 'a handler that broke');
    deeds.said(key, 'worker broke');
    throw new Error('worker broke');
  }
  if (attempt.attempt <= (wish.fails ?? 0)) {
    deeds.said(key, 'as it was asked to');
    throw new TaskError(wish.code ?? 'worker.failed', 'as it was asked to', {
      retryable: wish.final !== true,
    });
  }
  const token = `${key} by ${link.name}`;
  deeds.said(key, token);

  const definition = court.docket(attempt.run)?.run().chart.ref.id ?? '';
  const scripted = results.get(definition)?.[localId(attempt.task)];

  return {
    token,
    gives: wish.kibs === undefined ? (wish.gives ?? null) : 'x'.repeat(wish.kibs * 1_024),
    ...scripted,
  };
}

/** Lets the time pass that the work takes, and shows now and then that it goes on. */
async function pass(
  link: Link,
  attempt: Attempt,
  { takesMs, beats }: { readonly takesMs: number; readonly beats: boolean },
): Promise<void> {
  const pieces = beats ? Math.ceil(takesMs / 500) : 1;
  for (let piece = 0; piece < pieces; piece += 1) {
    await new Promise<void>((resolve) => void link.clock.after(takesMs / pieces, () => resolve()));
    if (beats) attempt.heartbeat({ percent: Math.round((100 * (piece + 1)) / pieces) });
  }
}
