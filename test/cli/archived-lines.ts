// Runs whose events are gone since they were archived, as the index tells them.
import type { MemoryApp } from './memory-app.ts';

/** From now on, sessions of the app list the run as one of which the head alone is kept. */
export function listAsArchived(app: MemoryApp, run: string): void {
  const { open } = app;
  const opened: typeof open = async (...asked) => {
    const session = await open(...asked);
    const { workflows } = session;
    const each: typeof workflows.runs.each = async function* (...wanted) {
      for await (const line of workflows.runs.each(...wanted))
        yield line.run === run ? { ...line, archived: 'head' } : line;
    };

    return { ...session, workflows: { ...workflows, runs: { ...workflows.runs, each } } };
  };
  Object.assign(app, { open: opened });
}
