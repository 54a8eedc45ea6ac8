// All that an engine reads of a project and that is neither a secret nor a file of a task, under one hash.
import { z } from 'zod';
import { canonicalJson } from '../events/canonical-json.ts';
import { DefinitionRef } from '../events/run-events.ts';
import { sha256Hex } from './hash.ts';

const BundledDefinition = DefinitionRef.extend({ file: z.string() });
const BundledFile = z.object({ path: z.string(), sha256: z.string() });

/** The texts of definitions stand where definitions do, by their hashes; those of files by their digests. */
export const Bundle = z.object({
  definitions: z.array(BundledDefinition),
  /** agents.yaml, serve.yaml, enterprise.yaml and policies, by their paths in the project. */
  files: z.array(BundledFile),
  /** What of it works with files of the folder that it is carried out in. */
  needsFiles: z.array(z.object({ definition: z.string(), what: z.string() })),
});
export type Bundle = z.output<typeof Bundle>;

/** The text that is hashed and stored: the same bundle gives the same text, in whatever order it was put together. */
export function bundleText({ definitions, files, needsFiles }: Bundle): string {
  const byText = (left: unknown, right: unknown) => (canonicalJson(left) < canonicalJson(right) ? -1 : 1);

  return canonicalJson({
    definitions: definitions
      .map(({ id, version, hash, file }) => ({ id, version, hash, file }))
      .sort((left, right) =>
        left.id === right.id ? left.version - right.version : byText(left.id, right.id),
      ),
    files: files.map(({ path, sha256 }) => ({ path, sha256 })).sort(byText),
    needsFiles: needsFiles.map(({ definition, what }) => ({ definition, what })).sort(byText),
  });
}

export function bundleHash(bundle: Bundle): string {
  return sha256Hex(bundleText(bundle));
}

/** The hashes that begin like this, each once. */
export function hashesCalled(
  all: readonly { readonly hash: string }[],
  beginning: string,
): readonly string[] {
  return [...new Set(all.map(({ hash }) => hash))].filter((hash) => hash.startsWith(beginning));
}

/** The version of each id that the bundle says: the highest that it holds. */
export function bundledVersions({ definitions }: Bundle): ReadonlyMap<string, DefinitionRef> {
  const highest = new Map<string, DefinitionRef>();
  for (const { id, version, hash } of definitions) {
    if ((highest.get(id)?.version ?? 0) < version) highest.set(id, { id, version, hash });
  }

  return highest;
}

/** What differs between two bundles: versions by which names are started, and files. */
export type BundleChange =
  | {
      readonly kind: 'definition';
      readonly name: string;
      readonly from?: number | undefined;
      readonly to?: number | undefined;
    }
  | { readonly kind: 'file'; readonly name: string; readonly change: 'added' | 'removed' | 'changed' };

export function bundleChanges(before: Bundle | undefined, after: Bundle): readonly BundleChange[] {
  const [old, now] = [before === undefined ? new Map() : bundledVersions(before), bundledVersions(after)];
  const ids = [...new Set<string>([...old.keys(), ...now.keys()])].sort();
  const files = (bundle: Bundle | undefined) =>
    new Map(bundle?.files.map(({ path, sha256 }) => [path, sha256]));
  const [oldFiles, newFiles] = [files(before), files(after)];
  const paths = [...new Set([...oldFiles.keys(), ...newFiles.keys()])].sort();

  return [
    ...ids
      .filter((id) => old.get(id)?.hash !== now.get(id)?.hash)
      .map((name) => ({
        kind: 'definition' as const,
        name,
        from: old.get(name)?.version,
        to: now.get(name)?.version,
      })),
    ...paths
      .filter((path) => oldFiles.get(path) !== newFiles.get(path))
      .map((name) => ({
        kind: 'file' as const,
        name,
        change: changeOf(oldFiles.has(name), newFiles.has(name)),
      })),
  ];
}

function changeOf(was: boolean, is: boolean): 'added' | 'removed' | 'changed' {
  if (!was) return 'added';

  return is ? 'changed' : 'removed';
}
