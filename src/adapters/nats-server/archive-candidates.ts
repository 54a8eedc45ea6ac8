import type { PackageSource } from './package-sources.ts';

/** An archive of the machine's distribution, and what to ask it for. */
export type ArchiveCandidate = {
  readonly source: PackageSource;
  /** Suites that may have a new enough server, the calmest first. */
  readonly suites: readonly string[];
  readonly components: readonly string[];
};

const DEBIAN = { suites: ['forky', 'sid'], components: ['main'] };
const UBUNTU = { suites: ['devel'], components: ['main', 'universe'] };

/**
 * Picks the distribution's own archives out of all that the machine is configured with. Mirrors keep the
 * name of the distribution at the end of the path; one that does not is known by offering the installed suite.
 */
export function archiveCandidates(
  sources: readonly PackageSource[],
  osRelease: string,
): readonly ArchiveCandidate[] {
  const codename = /^VERSION_CODENAME="?([\w.-]+)"?$/m.exec(osRelease)?.[1];
  const family = /^ID(_LIKE)?=.*ubuntu/m.test(osRelease) ? UBUNTU : DEBIAN;
  const main = sources.filter(({ components }) => components.includes('main'));

  const named = main.flatMap((source) => {
    const byPath = source.uris.some(endsIn('debian'))
      ? DEBIAN
      : source.uris.some(endsIn('ubuntu'))
        ? UBUNTU
        : undefined;
    return byPath === undefined ? [] : [{ source, ...byPath }];
  });
  const others = main
    .filter((source) => codename !== undefined && source.suites.includes(codename))
    .map((source) => ({ source, ...family }));

  return firstOfEach([...named, ...others]);
}

function endsIn(name: string): (uri: string) => boolean {
  return (uri) => new RegExp(`/${name}(-ports|\\.list)?/*$`).test(uri);
}

function firstOfEach(candidates: readonly ArchiveCandidate[]): readonly ArchiveCandidate[] {
  const seen = new Set<string>();

  return candidates.filter(({ source }) => {
    const key = source.uris.join(' ');
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
