import type { ComponentType } from 'react';
import type { PageProps } from './page-props.ts';
import { NotLoaded } from './parts/not-loaded.ts';
import type { LatePart } from './parts/part.tsx';

type Page = { readonly path: string; readonly part: LatePart<PageProps> };

/** Whether a page has come since this one was loaded: where none has, to load it anew at once might never end. */
let hasOne = false;

const page = (path: string, load: () => Promise<ComponentType<PageProps>>): Page => ({
  path,
  part: {
    load: async () => {
      try {
        const loaded = await load();
        hasOne = true;

        return loaded;
      } catch (cause) {
        throw new NotLoaded('this page', { cause, reloading: hasOne ? 'now' : 'back' });
      }
    },
  },
});

/** Every page of the dashboard by its address. Each is loaded when it is first asked for. */
export const pages: readonly Page[] = [
  page('/', async () => (await import('./pages/home/home.tsx')).HomePage),
  page('/runs', async () => (await import('./pages/runs/runs.tsx')).RunsPage),
  page('/runs/:run', async () => (await import('./pages/run/run-page.tsx')).RunPage),
  page('/runs/:run/compare/:other', async () => (await import('./pages/run/compare-page.tsx')).ComparePage),
  page('/start/:definition', async () => (await import('./pages/start/start.tsx')).StartPage),
  page('/approvals', async () => (await import('./pages/approvals/approvals.tsx')).ApprovalsPage),
  page('/approvals/:run/:task', async () => (await import('./pages/approvals/approvals.tsx')).ApprovalsPage),
  page('/agents', async () => (await import('./pages/agents.tsx')).AgentsPage),
  page('/agents/:name', async () => (await import('./pages/agent/agent.tsx')).AgentPage),
  page('/map', async () => (await import('./pages/map.tsx')).MapPage),
  page('/triggers', async () => (await import('./pages/triggers.tsx')).TriggersPage),
  page('/emergency', async () => (await import('./pages/emergency.tsx')).EmergencyPage),
  page('/events', async () => (await import('./pages/events.tsx')).EventsPage),
  page('/definitions', async () => (await import('./pages/definitions/definitions.tsx')).DefinitionsPage),
  page('/definitions/:id', async () => (await import('./pages/definitions/definition.tsx')).DefinitionPage),
  page('/definitions/:id/edit', async () => (await import('./pages/editor/editor.tsx')).EditorPage),
  page('/new', async () => (await import('./pages/editor/editor.tsx')).EditorPage),
  page('/import', async () => (await import('./pages/import/import.tsx')).ImportPage),
  page('/templates', async () => (await import('./pages/templates.tsx')).TemplatesPage),
  page('/history', async () => (await import('./pages/history.tsx')).HistoryPage),
  page('/insights', async () => (await import('./pages/insights/insights.tsx')).InsightsPage),
  page('/failures', async () => (await import('./pages/failures.tsx')).FailuresPage),
  page('/sign-in', async () => (await import('./pages/sign-in.tsx')).SignInPage),
];
