// Every page as axe-core sees it, in both themes. The policy of the pages forbids scripts that are not theirs: axe is
// let in by the browser itself, and the policy stays.
import { expect, test } from 'vitest';
import { axeSource, axeViolations } from './axe.ts';
import { patience, withDashboard } from './dashboard.ts';
import { greeting, needsFile } from './definitions.ts';

/** A label of a graph is as large as the reader zooms it. */
const isZoomedLabel = /^target-size: <button [^>]*class="graph-label"/;

const enterprise = `
goals: { kindness: { target: 100, kpi: greeted, due: 2999-12-31, departments: front } }
departments: { front: { owner: ida, budget: { amount: 10, unit: USD } } }
teams: { desk: { department: front, agents: desk } }
kpis: { greeted: { measure: success_rate, period: day, target: 0.5 } }
`;

test('axe finds nothing wrong with any page in either theme', async () => {
  await withDashboard(
    {
      definitions: { greeting, 'needs-file': needsFile },
      files: {
        'agents.yaml': 'agents: { desk: { level: L2, skills: [reading] } }\n',
        'enterprise.yaml': enterprise,
      },
      allows: /404/,
    },
    async (dashboard) => {
      const { context, start, url, api } = dashboard;
      const waits = await start('greeting', { name: 'Ada' });
      const failed = await start('needs-file');
      await expect
        .poll(async () => (await api('/approvals')).json, patience)
        .toMatchObject({ items: [{ run: waits }] });
      await expect
        .poll(async () => (await api('/runs?status=FAILED')).json, patience)
        .toMatchObject({ total: 1 });
      const page = await context.newPage();
      await page.addInitScript(axeSource);

      const wrong: string[] = [];
      for (const theme of ['light', 'dark'] as const) {
        for (const path of paths(waits, failed)) {
          await page.goto(url + path);
          await page.evaluate(`document.documentElement.setAttribute('data-theme', '${theme}')`);
          await page.locator('main h1, main h2').first().waitFor();
          await expect.poll(() => page.getByText('Loading ...').count(), patience).toBe(0);
          await dashboard.shot(
            `axe${path.replaceAll(/[/?=%&]/g, '-')}-${theme}`
              .replaceAll(waits, 'waits')
              .replaceAll(failed, 'failed'),
            page,
          );
          const found = (await axeViolations(page)).filter((text) => !isZoomedLabel.test(text));
          wrong.push(...found.map((text) => `${theme} ${path}: ${text}`));
        }
      }
      expect(wrong).toEqual([]);
    },
  );
}, 600_000);

function paths(waits: string, failed: string): readonly string[] {
  const tabs = ['timeline', 'graph', 'events', 'context', 'agents', 'logs', 'json'];

  return [
    '/',
    '/runs',
    '/runs?view=grid',
    '/runs?where=definition%3Dneeds-file',
    '/runs?q=nothing-has-this',
    ...tabs.map((tab) => `/runs/${failed}?tab=${tab}`),
    `/runs/${waits}?tab=graph&view=states`,
    `/runs/${waits}`,
    `/runs/${failed}/compare/${waits}`,
    '/start/greeting',
    '/approvals',
    `/approvals/${waits}/agree`,
    '/agents',
    '/agents/desk',
    '/triggers',
    '/worksets',
    '/events',
    '/map',
    '/emergency',
    '/definitions',
    '/definitions/greeting',
    '/definitions/greeting?tab=graph&view=states',
    '/definitions/greeting/edit',
    '/new',
    '/import',
    '/templates',
    '/history',
    '/goals',
    '/goals/kpi:greeted',
    '/insights',
    '/failures',
    '/sign-in',
    '/no/such/page',
  ];
}
