import { openAnchored } from './anchored-folder.ts';
import { fileFailure } from './file-failure.ts';
import { PathRefused } from './path-refused.ts';
import { pathSegments } from './path-segments.ts';

/**
 * Creates a folder of the project and its parents, unless they are there. Resolves with its path, relative to the
 * project folder, with `/`. Rejects with PathRefused or FileFailure.
 */
export async function createFolder(place: {
  readonly projectDir: string;
  readonly path: string;
}): Promise<string> {
  const segments = pathSegments(place.path);
  if (segments.length === 0) throw new PathRefused('path.empty', place.path, 'it names no folder');
  try {
    const folder = await openAnchored(place.projectDir, segments, place.path);
    await folder.sync();
    await folder.close();
  } catch (error) {
    throw fileFailure(error, place.path);
  }

  return segments.join('/');
}
