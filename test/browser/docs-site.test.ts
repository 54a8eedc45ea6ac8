// The site of the documentation as axe-core sees it, in both themes. Method: built into a folder as `npm run docs`
// does, and opened as files, as a reader may. Of the decisions, which are prose of one form, only the list.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { axeSource, axeViolations } from './axe.ts';
import { launchChromium, patience } from './dashboard.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('axe finds nothing wrong with any page of the documentation in either theme', async () => {
  const site = await builtSite();
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const wrong: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await (await browser.newContext({ colorScheme })).newPage();
    await page.addInitScript(axeSource);
    // The themes differ in colours alone, and these two pages have whatever has one.
    for (const path of colorScheme === 'light' ? pagesOf(site) : ['README.html', 'docs/language.html']) {
      await page.goto(pathToFileURL(join(site, path)).href);
      wrong.push(...(await axeViolations(page)).map((text) => `${colorScheme} ${path}: ${text}`));
    }
    await page.getByRole('searchbox').fill('approve');
    await expect.poll(() => page.locator('#found li').count(), patience).toBeGreaterThan(1);
    wrong.push(...(await axeViolations(page)).map((text) => `${colorScheme} search: ${text}`));
  }

  expect([...new Set(wrong)]).toEqual([]);
}, 900_000);

async function builtSite(): Promise<string> {
  const site = await mkdtemp(join(tmpdir(), 'workflow-site-'));
  onTestFinished(() => rm(site, { recursive: true, force: true }));
  const args = ['run', '--silent', 'docs', '--', `--output=${site}`];
  const { status, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the site cannot be built: ${stderr}`);

  return site;
}

function pagesOf(site: string): readonly string[] {
  const paths = readdirSync(site, { recursive: true, encoding: 'utf8' });

  return paths
    .filter((path) => path.endsWith('.html') && path !== 'index.html')
    .filter((path) => !/decisions\/\d/.test(path))
    .sort();
}
