// Runs whose events are gone since they were archived, as the index tells them.
import { archivedEach } from '../support/archived-each.ts';
import type { MemoryApp } from './memory-app.ts';

/** From now on, sessions of the app list the run as one of which the head alone is kept. */
export function listAsArchived(app: MemoryApp, run: string): void {
  const { open } = app;
  const opened: typeof open = async (...asked) => {
    const session = await open(...asked);
    const { workflows } = session;
    const each = archivedEach(workflows.runs.each, (id) => (id === run ? 'head' : undefined));

    return { ...session, workflows: { ...workflows, runs: { ...workflows.runs, each } } };
  };
  Object.assign(app, { open: opened });
}
