// Tests definitions in threads, as a server does: one that takes too long, another meanwhile, and one after it.
import { loadDefinition } from '../../dist/machines/language/load-definition.js';
import { createDefinitionTests } from '../../dist/src/compose/definition-tests.js';
import { systemClock } from '../../dist/src/compose/system-clock.js';

const tests = createDefinitionTests(systemClock, import.meta.dirname);
const small = 'workflow: {id: small, version: 1, tasks: [{id: a, type: NOOP}]}';
// A thousand tasks, one after another: playing them through takes far longer than 2 s.
const chain = Array.from({ length: 1_000 }, (_, n) => {
  const before = n === 0 ? '' : `, depends_on: t${n - 1}`;
  return `{id: t${n}, type: NOOP${before}}`;
});
const large = `workflow: {id: large, version: 1, tasks: [${chain.join(', ')}]}`;

const codeOf = (error) => error.code ?? String(error);
const test = (text, limitMs) => tests.test({ file: 'some.yaml', text, limitMs }).then(({ ok }) => ok, codeOf);
const late = test(large, 2_000);
const busy = await test(small, 60_000);
const told = { valid: loadDefinition({ file: 'some.yaml', content: large }).ok, busy, late: await late };

process.stdout.write(JSON.stringify({ ...told, after: await test(small, 60_000) }));
