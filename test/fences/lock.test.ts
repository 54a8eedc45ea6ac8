// Pins down that `npm ci` can work from the lock file, on every platform. A registry that lacks the packages of other
// platforms makes npm leave them out of the lock, silently; npm 11 then refuses to install from it, everywhere.
// Method: look each optional dependency up in the lock, in the places where Node would.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { textOf } from './repository-files.ts';

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ optionalDependencies: z.record(z.string(), z.string()).optional() }),
  ),
});

test('every optional dependency of a locked package is locked', () => {
  expect(missing(Lock.parse(JSON.parse(textOf('package-lock.json'))))).toEqual([]);
});

test('a package that was left out is reported', () => {
  const tool = { optionalDependencies: { 'tool-linux': '1.0.0', 'tool-darwin': '1.0.0' } };

  expect(missing({ packages: { 'node_modules/tool': tool, 'node_modules/tool-linux': {} } })).toEqual([
    'tool-darwin of node_modules/tool',
  ]);
});

function missing({ packages }: z.output<typeof Lock>): readonly string[] {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !placesOf(path).some((place) => `${place}node_modules/${name}` in packages))
      .map((name) => `${name} of ${path}`),
  );
}

/** `node_modules/a/node_modules/b` finds packages in itself, in `a`, and at the root. */
function placesOf(path: string): readonly string[] {
  const parents = path.split('/node_modules/').slice(0, -1);

  return ['', `${path}/`, ...parents.map((_, at) => `${parents.slice(0, at + 1).join('/node_modules/')}/`)];
}
