// Who may publish a bundle, and what never gets into one. Method: the use cases over stores in memory, with secrets, an
// authority and refusals of the store planted.
import { expect, test } from 'vitest';
import { authorityOf } from '../../../machines/agents/authority.ts';
import { bundleUseCases } from '../../../src/operations/bundles/use-cases.ts';
import type { OperationPorts } from '../../../src/operations/use-case.ts';
import { createProject } from '../../cli/project.ts';
import { memoryBundles } from '../../support/memory-bundles.ts';

const definition = (tasks: string) => `workflow: {id: orders, version: 1, tasks: ${tasks}}\n`;
const noop = definition('[{id: a, type: NOOP}]');
const asked = { runsMax: 20, acceptDifferences: false, acceptFiles: false, dryRun: false };

async function opened(
  files: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
  planted: Partial<OperationPorts['bundles']> = {},
) {
  const { app, dir } = await createProject(files);
  const { ports, close } = await app.ports(dir, () => undefined);
  const bundles = { ...memoryBundles(dir, { secrets }), ...planted };

  return {
    bundles,
    close,
    publish: (actor = 'ana') => bundleUseCases.publish.carryOut({ ...ports, bundles }, asked, { actor }),
  };
}

test('no text with the value of a secret is published, be it a definition, settings or a policy', async () => {
  const secrets = { TOKEN: 'pa55-word-1', OTHER: 'never-written' };
  const texts: readonly Readonly<Record<string, string>>[] = [
    { 'definitions/orders.yaml': definition('[{id: a, run: {command: [echo, pa55-word-1]}}]') },
    { 'definitions/orders.yaml': noop, 'serve.yaml': 'private_hosts: [pa55-word-1]\n' },
    {
      'definitions/orders.yaml': definition('[{id: a, uses: policy.load, input: {policy: p.yaml}}]'),
      'p.yaml': 'name: pa55-word-1\nrequired_files: []\n',
    },
  ];
  for (const files of texts) {
    const { publish, bundles, close } = await opened(files, secrets);
    await expect(publish()).rejects.toMatchObject({
      code: 'bundle.secret',
      message: expect.stringMatching(/^the value of a secret stands in \S+ \(TOKEN\)$/),
    });
    expect(await bundles.store.history()).toEqual([]);
    await close();
  }
});

test('only those publish a bundle, or use one again, who may control runs', async () => {
  const authority = authorityOf([
    { name: 'ana', level: 'L1' },
    { name: 'ben', level: 'L3' },
  ]);
  const { publish, bundles, close } = await opened({ 'definitions/orders.yaml': noop }, {}, { authority });
  await expect(publish('ben')).rejects.toMatchObject({ code: 'authority.level' });
  await expect(publish('eve')).rejects.toMatchObject({ code: 'authority.unknown' });
  expect(await bundles.store.current()).toBeUndefined();
  expect(await publish('ana')).toMatchObject({ outcome: 'published' });
  expect(await bundles.store.current()).toMatchObject({ by: 'ana' });
  await close();
});

test('nothing is published, nor registered, while an engine is there that would not go by it', async () => {
  const refusal = { code: 'feature.closed', message: 'old-1 does not understand bundles' };
  const files = { 'definitions/orders.yaml': noop };
  const { publish, bundles, close } = await opened(files, {}, { refusal: async () => refusal });

  await expect(publish()).rejects.toMatchObject(refusal);
  expect(await bundles.store.history()).toEqual([]);
  await close();
});
