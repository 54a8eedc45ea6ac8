import { createFileDrops } from '../adapters/file-drops/file-drops.ts';
import type { JetStreamHandle } from '../adapters/jetstream/connect.ts';
import { createCharts } from '../engine/charts.ts';
import type { NodeDeps } from '../engine/node.ts';
import type { KnownTrigger } from '../engine/triggers/known-triggers.ts';
import { createTriggersNode } from '../engine/triggers/triggers-node.ts';
import { messageOf } from '../ports/message-of.ts';
import { endInOrder } from './end-in-order.ts';
import { openLocalTriggers } from './local-triggers.ts';

export type ServedTriggers = {
  readonly projectDir: string;
  readonly stream: Pick<JetStreamHandle, 'inbox' | 'outcomes' | 'triggerMarks' | 'events' | 'openEvents'>;
  /** What the engine of this process is made of. */
  readonly engine: NodeDeps;
  readonly onProgress: (message: string) => void;
};

const localEndMs = 1_000;
/** Many definitions may be registered at once: what counts is told once for all of them. */
const tellAfterMs = 200;
const kinds = { event: 'event', cron: 'schedule', file: 'file' } as const;

/**
 * Looks after what starts runs by itself, alongside an engine that serves: the triggers of the project's definitions
 * are registered, and all triggers that count carried out. Resolves with what ends it.
 */
export async function serveTriggers(served: ServedTriggers): Promise<() => Promise<void>> {
  const { projectDir, stream, engine, onProgress } = served;
  // What is published once this engine says that it is ready must not be lost.
  await stream.openEvents().catch(troubleOf(onProgress));
  const endLocal = await openLocalTriggers({ projectDir, definitions: engine.definitions, onProgress });
  const local = { end: endLocal, limitMs: localEndMs };
  try {
    const end = startNode(served);

    return () => endInOrder([{ end }, local]);
  } catch (error) {
    await endInOrder([local]);
    throw error;
  }
}

function startNode({ projectDir, stream, engine, onProgress }: ServedTriggers): () => Promise<void> {
  const { clock, definitions } = engine;
  const node = createTriggersNode({
    ...engine,
    inbox: stream.inbox,
    outcomes: stream.outcomes,
    marks: stream.triggerMarks,
    events: stream.events,
    charts: createCharts(definitions),
    drops: createFileDrops({ projectDir, clock, onProblem: onProgress }),
    onHolding: (isHolding) => onProgress(holding[`${isHolding}`]),
    onTrouble: troubleOf(onProgress),
  });
  let told = '';
  let cancelTelling = (): void => undefined;
  const tell = (): void => {
    const counted = countOf(node.known.all());
    if (counted !== told && (counted !== '' || told !== ''))
      onProgress(counted === '' ? 'no triggers' : counted);
    told = counted;
  };
  node.known.onChange(() => {
    cancelTelling();
    cancelTelling = clock.after(tellAfterMs, tell);
  });
  node.start();

  return async () => {
    cancelTelling();
    await node.stop();
  };
}

function troubleOf(onProgress: ServedTriggers['onProgress']): (error: unknown) => void {
  return (error) => onProgress(`triggers: ${messageOf(error)}`);
}

const holding = {
  true: 'this engine looks after the triggers of all',
  false: 'this engine looks after the triggers of all no longer',
};

/** Such as `3 triggers: 2 events, 1 schedule`; nothing where there are none. */
function countOf(triggers: readonly KnownTrigger[]): string {
  const each = Object.entries(kinds).flatMap(([kind, name]) => {
    const count = triggers.filter(({ compiled }) => compiled.trigger.kind === kind).length;
    return count === 0 ? [] : [countedText(count, name)];
  });

  return each.length === 0 ? '' : `${countedText(triggers.length, 'trigger')}: ${each.join(', ')}`;
}

function countedText(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
