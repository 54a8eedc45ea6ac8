import { checkText } from '../../../machines/language/check-text.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { StoredDefinition } from '../../ports/definitions/definition-store.ts';
import type { DefinitionFile } from '../../ports/definitions/project-definitions.ts';
import { type KnownVersion, startedVersion } from '../../projections/definition/definition-row.ts';
import type { OperationPorts } from '../use-case.ts';
import { RequestRefused } from '../use-case.ts';
import { noSuchDefinition } from './resolve-definition.ts';

/** The versions of one definition, and the one that starts by default. */
export type KnownDefinition = { readonly shown: KnownVersion; readonly versions: readonly KnownVersion[] };

/** A version other than the default one. `file` is its path in the project. */
type Wanted = { readonly version?: number | undefined; readonly file?: string | undefined };

/** Finds definitions among the project's files, the registered ones, and the library. */
export type KnownDefinitions = {
  /** All by id, sorted. Those of the library only on request. */
  readonly all: (sources?: { readonly library: boolean }) => Promise<ReadonlyMap<string, KnownDefinition>>;
  /** Rejects with DefinitionRefused if there is none, with RequestRefused if it has no such version. */
  readonly find: (id: string, wanted?: Wanted) => Promise<KnownDefinition>;
  /** The definition that runs go by, also a draft; undefined if it is not stored, or cannot be read any more. */
  readonly byHash: (hash: string) => Promise<LoadedDefinition | undefined>;
  readonly library: () => Promise<readonly KnownVersion[]>;
  /** The highest other registered version of the same definition; undefined for the first. */
  readonly registeredBefore: (ref: LoadedDefinition['ref']) => Promise<LoadedDefinition | undefined>;
};

type Deps = Pick<OperationPorts, 'workflows' | 'definitionFiles'>;

const known = new WeakMap<Deps['workflows'], KnownDefinitions>();

/** One instance for each project, shared by all requests. */
export function knownDefinitionsOf(deps: Deps): KnownDefinitions {
  const definitions = known.get(deps.workflows) ?? createKnownDefinitions(deps);
  known.set(deps.workflows, definitions);

  return definitions;
}

const draftsMax = 200;

/** Registered versions and texts never change, so each is read once. */
function createKnownDefinitions({ workflows, definitionFiles }: Deps): KnownDefinitions {
  const read = new Map<string, KnownVersion>();
  /** Texts that runs went by and that were no versions then: nobody had published them. */
  const drafts = new Map<string, LoadedDefinition | undefined>();

  function registered(stored: StoredDefinition): KnownVersion {
    const known = read.get(stored.ref.hash) ?? registeredVersion(stored);
    read.set(stored.ref.hash, known);

    return stored.isBundled === true ? { ...known, isBundled: true } : known;
  }

  async function everything(): Promise<readonly KnownVersion[]> {
    const [files, stored] = await Promise.all([definitionFiles.list(), workflows.definitions()]);

    return [...files.map(fileVersion), ...stored.map(registered)];
  }

  return {
    all: async ({ library } = { library: false }) => {
      const versions = (await everything()).filter(({ source }) => library || source !== 'library');

      return byId(versions);
    },
    find: async (id, wanted = {}) => {
      const found = byId(await everything());
      const known = found.get(id);
      if (known === undefined)
        throw noSuchDefinition(id, [...found.keys()], 'in the project, registered, or in the library');
      const shown = wantedOf(known, wanted);
      if (shown === undefined) throw unknownVersion(known, wanted);

      return { shown, versions: known.versions };
    },
    byHash: async (hash) => {
      const known = read.get(hash);
      if (known !== undefined || drafts.has(hash)) return known?.loaded ?? drafts.get(hash);
      const stored = await workflows.definitionOf(hash);
      if (stored === undefined) return undefined;
      const { loaded } = registeredVersion(stored);
      if (drafts.size >= draftsMax) drafts.clear();
      drafts.set(hash, loaded);

      return loaded;
    },
    registeredBefore: async ({ id, hash }) => {
      const others = (await workflows.definitions()).filter(({ ref }) => ref.id === id && ref.hash !== hash);

      return startedVersion(others.map(registered))?.loaded;
    },
    library: async () => (await definitionFiles.list()).filter(isOfLibrary).map(fileVersion),
  };
}

function wantedOf({ shown, versions }: KnownDefinition, { version, file }: Wanted): KnownVersion | undefined {
  if (version === undefined && file === undefined) return shown;
  const isWanted = (each: KnownVersion) =>
    (version === undefined || each.version === version) &&
    (file === undefined || (each.source === 'project' && each.file === file));

  return startedVersion(versions.filter(isWanted));
}

function byId(versions: readonly KnownVersion[]): ReadonlyMap<string, KnownDefinition> {
  const found = new Map<string, KnownVersion[]>();
  for (const each of versions) {
    const others = found.get(each.id);
    if (others === undefined) found.set(each.id, [each]);
    else others.push(each);
  }
  const known = [...found].flatMap(([id, some]): [string, KnownDefinition][] => {
    const shown = startedVersion(some);
    return shown === undefined ? [] : [[id, { shown, versions: some }]];
  });

  return new Map(known.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isOfLibrary({ source }: DefinitionFile): boolean {
  return source === 'library';
}

function fileVersion({ file, source, text, loaded, named, problems, cases }: DefinitionFile): KnownVersion {
  const id = named?.id ?? file.replace(/^(?:.*[/\\])?(.+?)(?:\.[^.]*)?$/, '$1');
  const found = { id, version: named?.version ?? 0, hash: '', ...loaded?.ref };

  return {
    ...found,
    source,
    file,
    text,
    problems: problems.length,
    cases,
    ...(loaded === undefined ? {} : { loaded }),
  };
}

function registeredVersion({ ref, text, file, published }: StoredDefinition): KnownVersion {
  const { loaded, problems } = checkText({ file, content: text });
  const count = problems.filter(({ severity }) => severity === 'error').length;

  return {
    ...ref,
    source: 'registered',
    file,
    text,
    problems: count,
    published,
    ...(loaded === undefined ? {} : { loaded }),
  };
}

function unknownVersion(
  { shown: { id }, versions }: KnownDefinition,
  { version, file }: Wanted,
): RequestRefused {
  const there = [...new Set(versions.map((each) => each.version))].sort((a, b) => b - a).join(', ');
  const what = [
    version === undefined ? '' : ` version ${version}`,
    file === undefined ? '' : ` file ${file}`,
  ];

  return new RequestRefused({
    code: 'definition.not-found',
    message: `there is no${what.join(' in')} of ${id}; there are versions ${there}`,
  });
}
