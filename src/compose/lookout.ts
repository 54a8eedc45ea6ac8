import type { HttpOptions, OnProgress } from '../adapters/cli/app.ts';
import { createAgentsDesk } from '../engine/agents-desk.ts';
import { createBoard } from '../engine/board/board.ts';
import type { AgentsDesk } from '../ports/agents-desk.ts';
import { openWatch } from './alerts.ts';
import { endInOrder, type Part } from './end-in-order.ts';
import { everybody } from './everybody.ts';
import { noteDashboard } from './note-dashboard.ts';
import type { Session } from './open-session.ts';
import { systemClock } from './system-clock.ts';

/** How long each part may hold the end up. */
const endMs = 2_000;

/**
 * What looks on while an engine serves: alerts are said, and people see and ask over HTTP where that is wanted. Rejects
 * with HttpNotOpened, and where serve.yaml cannot be used. Resolves with what ends it.
 */
export async function openLookout(options: {
  readonly projectDir: string;
  readonly session: Session;
  readonly http: HttpOptions | undefined;
  readonly onProgress: OnProgress;
}): Promise<() => Promise<void>> {
  const { projectDir, session, http, onProgress } = options;
  const board = createBoard({ journal: session.stream.journal, clock: systemClock, onTrouble: onProgress });
  // What was opened last ends first.
  const parts: Part[] = [{ end: () => board.close(), limitMs: endMs }];
  const end = () => endInOrder(parts);
  try {
    const agents = agentsDesk(session);
    const watch = await openWatch({ projectDir, session, board, agents, onProgress });
    parts.unshift({ end: () => watch.close(), limitMs: endMs });
    if (http === undefined) return end;
    const { openHttpApi } = await import('./http-api.ts');
    const { url, isNext, close } = await openHttpApi({ ...options, http, board, agents, watch });
    parts.unshift({ end: close });
    watch.dashboardAt(url);
    parts.unshift({ end: await noteDashboard(projectDir, url) });
    if (isNext) onProgress('the usual port of the dashboard is taken: the next that is free is used');
    onProgress(`dashboard on ${url}`);

    return end;
  } catch (error) {
    await end();
    throw error;
  }
}

/** Over the roster of the engine, which knows already who is there. */
function agentsDesk({ engine, stream }: Session): AgentsDesk {
  const { work, authority = everybody } = engine;
  // Only an engine that carries nothing out has none, and that one serves nobody.
  if (work === undefined) throw new Error('an engine without agents cannot serve');

  return createAgentsDesk({
    roster: work.roster,
    marks: stream.drainMarks,
    authority,
    clock: systemClock,
    depths: () => stream.workDepths(),
    close: () => Promise.resolve(),
  });
}
