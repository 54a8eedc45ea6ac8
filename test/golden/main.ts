// `node dist/test/golden/main.js --write`: adds the golden journals that the release of package.json does not have yet.
// Those that stand are never written again: what a release wrote is what later ones have to read. `--release <name>`
// adds to another one. Without `--write` it says what would be done.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { versionText } from '../../src/cli/version.ts';
import { say } from '../simulation/say.ts';
import { keepGolden, namesIn, releasesIn } from './golden-files.ts';
import { goldenName, goldenTemplates, recordGolden } from './record-golden.ts';

const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    release: { type: 'string', default: versionText() },
  },
});
/** The built program writes into the sources, which the project's folder holds. */
const folder = fileURLToPath(new URL('../../../test/golden', import.meta.url));
const { release } = values;
const standing = releasesIn(folder).includes(release) ? namesIn(folder, release) : [];

for (const template of goldenTemplates) {
  const name = goldenName(template);
  if (values.write) say(`${name}: ${keepGolden(folder, release, await recordGolden(template))}`);
  else say(`${name}: ${standing.includes(name) ? 'stands' : 'missing, --write adds it'}`);
}
