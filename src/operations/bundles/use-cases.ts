import type { z } from 'zod';
import {
  type Bundle,
  bundleChanges,
  bundledVersions,
  bundleHash,
  hashesCalled,
} from '../../../machines/bundle.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { isUsable } from '../../../machines/language/check-text.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import { formatProblems } from '../../../machines/language/problem.ts';
import {
  BundleChoice,
  BundleDiff,
  BundleDiffRequest,
  BundleList,
  BundleQuery,
  BundleReport,
  BundleRequest,
} from '../../api/definitions.ts';
import type { bundleOperations } from '../../api/operations/definitions.ts';
import type { Caller } from '../../ports/access/authority.ts';
import {
  BundleRefused,
  type BundleStore,
  type PublishedBundle,
} from '../../ports/definitions/bundle-store.ts';
import { DefinitionRefused } from '../../ports/definitions/definition-refused.ts';
import type { BundledText } from '../../ports/definitions/project-bundle.ts';
import { fileNeeds } from '../../projections/definition/file-needs.ts';
import { refuseUnlessAllowed } from '../authorize.ts';
import { type OperationPorts, RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';

/** So many things in the way are named. */
const namedMax = 20;

export const bundleUseCases = {
  list: useCase(BundleQuery, BundleList, async ({ bundles: { store } }, { limit }) => {
    const history = [...(await store.history())].reverse();
    const current = history[0]?.hash;
    const items = history.slice(0, limit).map(async ({ without, ...published }) => {
      const bundle = await store.find(published.hash);
      const counts = { definitions: bundle?.definitions.length ?? 0, files: bundle?.files.length ?? 0 };
      return { ...published, without: [...without], isCurrent: published.hash === current, ...counts };
    });

    return { items: await Promise.all(items), total: history.length };
  }),
  diff: useCase(BundleDiffRequest, BundleDiff, async ({ bundles: { store } }, { from, to }) => {
    const history = await store.history();
    const [before, after] = [
      named(history, from),
      to === undefined ? history.at(-1)?.hash : named(history, to),
    ];
    const [old, now] = [await found(store, before), await found(store, after ?? before)];

    return { from: before, to: after ?? before, items: changes(old, now) };
  }),
  publish: useCase(BundleRequest, BundleReport, publish),
  use: useCase(BundleChoice, BundleReport, async (ports, { hash, reason }, caller) => {
    // Who may not learns nothing of what there is.
    await refuseUnlessPossible(ports, caller);
    const { store } = ports.bundles;
    const chosen = named(await store.history(), hash);

    return madeCurrent(ports, { bundle: await found(store, chosen), definitions: [], reason, caller });
  }),
} satisfies UseCasesOf<typeof bundleOperations>;

type Ports = Pick<OperationPorts, 'bundles' | 'workflows' | 'definitionFiles' | 'clock' | 'authority'>;

/** Makes a bundle of the project. Each of its definitions is published as by itself, before the bundle is. */
async function publish(
  ports: Ports,
  { acceptFiles, reason, ...asked }: z.output<typeof BundleRequest>,
  caller: Caller,
): Promise<BundleReport> {
  const { project } = ports.bundles;
  const settings = await project.settings();
  const loaded = await definitionsOf(ports);
  const { needsFiles, policies } = await needsOf(ports, loaded);
  if (needsFiles.length > 0 && !acceptFiles) throw worksWithFiles(needsFiles);
  const texts = new Map([...settings, ...policies].map((each) => [each.path, each]));
  refuseSecrets(project, [
    ...texts.values(),
    ...loaded.map(({ file, definition: { text } }) => ({ path: file, text })),
  ]);
  const files = [...texts.values()].map(({ path, text }) => ({ path, sha256: sha256Hex(text), text }));
  const bundle: Bundle = {
    definitions: loaded.map(({ file, definition: { ref } }) => ({ ...ref, file })),
    files: files.map(({ path, sha256 }) => ({ path, sha256 })),
    needsFiles,
  };
  const call = { ...asked, actor: caller.actor, ...(reason === undefined ? {} : { reason }) };
  // All are held against runs before the first is registered.
  const compared = await publishEach(ports, loaded, { ...call, dryRun: true });
  const isDifferent = compared.some(({ outcome }) => outcome === 'different');
  if (isDifferent || asked.dryRun)
    return reportOf(ports, { bundle, definitions: compared, outcome: isDifferent ? 'different' : 'dry-run' });
  await refuseUnlessPossible(ports, caller);
  const definitions = await publishEach(ports, loaded, call);
  await ports.bundles.store.keep(bundle, new Map(files.map(({ sha256, text }) => [sha256, text])));

  return madeCurrent(ports, { bundle, definitions, reason, caller });
}

type Loaded = { readonly file: string; readonly definition: LoadedDefinition };

/** Every definition of the project. Rejects with DefinitionRefused for the first that has errors. */
async function definitionsOf({ definitionFiles }: Ports): Promise<readonly Loaded[]> {
  const own = (await definitionFiles.list()).filter(({ source }) => source === 'project');
  if (own.length === 0)
    throw new BundleRefused('bundle.empty', 'the project has no definitions', 'write one below definitions/');

  return own.map(({ file, loaded, problems }) => {
    if (loaded !== undefined && isUsable({ loaded, problems })) return { file, definition: loaded };
    throw new DefinitionRefused('definition.invalid', `${file} is no valid definition`, {
      ...{ problems, text: formatProblems(problems) },
    });
  });
}

type Needs = { readonly needsFiles: Bundle['needsFiles']; readonly policies: readonly BundledText[] };

async function needsOf({ bundles: { project } }: Ports, loaded: readonly Loaded[]): Promise<Needs> {
  const needsFiles: Bundle['needsFiles'] = [];
  const policies: BundledText[] = [];
  for (const { definition } of loaded) {
    const { id } = definition.ref;
    const found = fileNeeds(definition.definition, (word) => project.isFile(word));
    needsFiles.push(...found.needs.map((what) => ({ definition: id, what })));
    for (const path of found.policies) {
      const policy = await project.text(path);
      if (policy === undefined)
        needsFiles.push({ definition: id, what: `loads ${path}, which is no file of the project` });
      else policies.push(policy);
    }
  }
  for (const agent of await project.agentsOfFiles())
    needsFiles.push({ definition: '', what: `the agent ${agent} works with files of the project` });

  return { needsFiles, policies };
}

function worksWithFiles(needs: Bundle['needsFiles']): BundleRefused {
  const more = needs.length > namedMax ? `\n  and ${needs.length - namedMax} more` : '';
  const lines = needs
    .slice(0, namedMax)
    .map(({ definition, what }) => `\n  ${definition === '' ? '' : `${definition}  `}${what}`);

  return new BundleRefused(
    'bundle.needs-files',
    `an engine without the folder of the project cannot carry this out:${lines.join('')}${more}`,
    'where every engine has these files in its folder, accept that (--accept-files); else leave such definitions to a namespace whose engines serve the folder',
  );
}

/** By chance, or because somebody wrote it down: it would be read by whoever reads the journal. */
function refuseSecrets(project: Ports['bundles']['project'], texts: readonly BundledText[]): void {
  const found = texts.flatMap(({ path, text }) => project.secretsIn(text).map((name) => `${path} (${name})`));
  if (found.length === 0) return;

  throw new BundleRefused(
    'bundle.secret',
    `the value of a secret stands in ${found.join(', ')}`,
    'write the name of the secret in place of its value',
  );
}

type Call = Omit<Parameters<Ports['workflows']['publish']>[0], 'definition' | 'file'>;

async function publishEach(
  { workflows }: Ports,
  loaded: readonly Loaded[],
  call: Call,
): Promise<BundleReport['definitions']> {
  const found: BundleReport['definitions'] = [];
  for (const { file, definition } of loaded) {
    const answer = await workflows.publish({ ...call, definition, file });
    if (!answer.ok) throw new RequestRefused(answer.refusal);
    const { outcome, reports } = answer.published;
    const different = reports.filter(
      ({ whatIf: { kind } }) => kind === 'diverges' || kind === 'needs',
    ).length;
    const { id, version } = definition.ref;
    found.push({ id, version, outcome, different });
  }

  return found;
}

/** A bundle holds agents.yaml: who publishes one says who may do what. */
async function refuseUnlessPossible({ authority, bundles }: Ports, caller: Caller): Promise<void> {
  refuseUnlessAllowed(authority ?? bundles.authority, caller, {
    kind: 'control',
    what: 'publishing a bundle',
  });
  const refusal = await bundles.refusal();
  if (refusal !== undefined) throw new RequestRefused(refusal);
}

type Chosen = {
  readonly bundle: Bundle;
  readonly definitions: BundleReport['definitions'];
  readonly reason: string | undefined;
  readonly caller: Caller;
};

async function madeCurrent(
  ports: Ports,
  { bundle, definitions, reason, caller }: Chosen,
): Promise<BundleReport> {
  const { store } = ports.bundles;
  const hash = bundleHash(bundle);
  const report = await reportOf(ports, { bundle, definitions, outcome: 'published' });
  if (report.before === hash) return { ...report, outcome: 'known' };
  const at = new Date(ports.clock.now()).toISOString();
  const why = reason === undefined ? {} : { reason };
  await store.publish({ hash, by: caller.actor, at, ...why, without: report.without });

  return report;
}

async function reportOf(
  { bundles: { store } }: Ports,
  { bundle, definitions, outcome }: Pick<Chosen, 'bundle' | 'definitions'> & Pick<BundleReport, 'outcome'>,
): Promise<BundleReport> {
  const current = await store.current();
  const before = current && (await found(store, current.hash));
  const held = new Set(bundledVersions(bundle).keys());
  const gone = [...(current?.without ?? []), ...(before === undefined ? [] : bundledVersions(before).keys())];

  return {
    ...{ outcome, hash: bundleHash(bundle), definitions, needsFiles: bundle.needsFiles },
    ...(current === undefined ? {} : { before: current.hash }),
    without: [...new Set(gone)].filter((id) => !held.has(id)).sort(),
    items: changes(before, bundle),
  };
}

function changes(before: Bundle | undefined, after: Bundle): BundleDiff['items'] {
  return bundleChanges(before, after).map((each) => {
    if (each.kind === 'file') return { what: each.kind, name: each.name, change: each.change };
    const { name, from, to } = each;
    const change =
      from === undefined ? `added, v${to}` : to === undefined ? `removed, v${from}` : `v${from} to v${to}`;

    return { what: each.kind, name, change };
  });
}

function named(history: readonly PublishedBundle[], beginning: string): string {
  const [only, ...others] = hashesCalled(history, beginning);
  if (only !== undefined && others.length === 0) return only;

  throw BundleRefused.notOne(beginning, only === undefined ? 0 : 1 + others.length);
}

async function found(store: BundleStore, hash: string): Promise<Bundle> {
  const bundle = await store.find(hash);
  if (bundle !== undefined) return bundle;

  throw new BundleRefused(
    'bundle.unreadable',
    `the bundle ${hash} is not stored as it was published`,
    'publish it again',
  );
}
