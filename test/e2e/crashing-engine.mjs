// A built engine with a hand on the plug (failpoints.mjs), and nothing else: it starts one run and works until it is
// killed. Arguments: the input of the run as JSON, the file of its definition, files of definitions that it refers to.
import { readFile } from 'node:fs/promises';
import { checkInput } from '../../dist/machines/language/check-input.js';
import { loadDefinition } from '../../dist/machines/language/load-definition.js';
import { openSession } from '../../dist/src/compose/session/open-session.js';
import { onThePlug } from './failpoints.mjs';

const [given, ...files] = process.argv.slice(2);
const [first, ...alongside] = await Promise.all(files.map(loaded));
const options = { projectDir: process.cwd(), engine: 'embedded' };
const session = await openSession(options, () => undefined, onThePlug);
const { input } = checkInput(first.definition.definition, JSON.parse(given));
await session.workflows.start({ ...first, alongside, input, actor: 'test' });

async function loaded(file) {
  const { loaded: definition } = loadDefinition({ file, content: await readFile(file) });
  return { definition, file };
}
