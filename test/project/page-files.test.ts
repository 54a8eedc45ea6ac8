// Every YAML block of the pages that is no definition is what it is said to be. Method: each is read by the reader of
// its file, which is known by its first key; a block that no reader knows fails.
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { loadAgents } from '../../machines/agents/load-agents.ts';
import { ReceiptProof } from '../../machines/audit/receipt.ts';
import { loadEnterprise } from '../../machines/goals/load-enterprise.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { loadModels } from '../../machines/models/load-models.ts';
import { loadCases } from '../../machines/prover/cases/load-cases.ts';
import { loadServeFile } from '../../machines/serve-file/load-serve-file.ts';
import { loadStations } from '../../machines/stations/stations.ts';
import { parsePolicy } from '../../src/actions/policy/parse-policy.ts';
import { readAgentAnswer } from '../../src/file-queue/answer-text.ts';
import { pageDefinitions, pages, yamlBlocks } from '../support/page-definitions.ts';

const definitions = new Set(pageDefinitions.map(({ page, index }) => `${page} ${index}`));
const others = pages.flatMap((page) =>
  yamlBlocks(page).flatMap((content, index) =>
    definitions.has(`${page} ${index}`) ? [] : [{ page, content }],
  ),
);
const file = 'shown.yaml';
const served = (content: string) => loadServeFile({ file, content });
const agents = (content: string) => loadAgents({ file, content });

/** What each reader makes of a block, by the first key; false where it is not ours to read. */
const readers: Readonly<Record<string, ((content: string) => unknown) | false>> = {
  agents,
  principals: agents,
  alerts: served,
  hooks: served,
  goals: (content) => loadEnterprise({ file, content }),
  mail: served,
  oidc: served,
  quotas: served,
  retention: served,
  tell_events: served,
  station: (content) => loadStations({ file, content }),
  test: (content) => loadCases({ file, content }),
  models: (content) => loadModels({ file, content }),
  name: (content) => ({ ok: parsePolicy(file, content).required_files.length > 0 }),
  header: (content) => ({ ok: readAgentAnswer('response-x.yaml', content).kind === 'answer' }),
  workset: (content) => loadDefinition({ file, content }),
  // A receipt, whose hashes are cut short.
  order: (content) => ({ ok: isReceipt(content) }),
  scrape_configs: false,
};

function isReceipt(content: string): boolean {
  const { proof } = load(content) as { readonly proof: object };

  return Object.keys(proof).sort().join() === Object.keys(ReceiptProof.shape).sort().join();
}

test.each(others)('$page: $content', ({ content }) => {
  const [, key = ''] = /^(\w+):/m.exec(content) ?? [];
  const read = readers[key];

  expect(Object.keys(readers)).toContain(key);
  // A task that is offered as a file, and what is answered in a chat, are written by us alone.
  if (read === false || read === undefined || /routing:|in_reply_to:/.test(content)) return;
  expect(read(content)).toMatchObject({ ok: true });
});

test('no reader is left without a block', () => {
  const keys = others.map(({ content }) => /^(\w+):/m.exec(content)?.[1]);

  expect(Object.keys(readers).filter((key) => !keys.includes(key))).toEqual([]);
});
