// axe-core in a page: what it finds wrong there, a line each.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

type Found = {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
};

/** To be run in a page before `axeViolations`. */
export const axeSource = await readFile(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

/** `target-size` is WCAG 2.2, which axe leaves out unless it is asked for. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  const options = { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } };
  const found = await page.evaluate<readonly Found[]>(
    `axe.run(${JSON.stringify(options)}).then(({ violations }) => violations)`,
  );

  return found.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}: ${failureSummary.split('\n')[1] ?? ''}`,
    ),
  );
}
