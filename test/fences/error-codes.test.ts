// Pins down that each error code of the product is explained in docs/errors, once, and no code that is gone. Method:
// the literals of the source that look like a code, without those that are known to be something else.
import { expect, test } from 'vitest';
import { catalogue } from '../../events/catalogue.ts';
import { outboundEvents } from '../../events/outbound-events.ts';
import { createActions } from '../../src/actions/registry.ts';
import { operations } from '../../src/api/operations/operations.ts';
import type { CliApp } from '../../src/cli/app.ts';
import { errorPages } from '../../src/cli/explain/error-pages.ts';
import { createProgram } from '../../src/cli/program/program.ts';
import { createTestIo } from '../cli/test-io.ts';
import { repositoryFiles, sourceFiles, textOf } from './repository-files.ts';

const pages = await errorPages();
const texts = pages.flatMap((page) => page.texts);
const explained = texts.map(({ code }) => code);

/** What an error leads to is said there of codes that others raise. */
const tables = ['src/cli/exit-codes.ts', 'src/http/status-of.ts'];
const product = sourceFiles().filter((path) => /^(events|machines|src)\//.test(path));

/** Codes whose last part is put together where they are raised, or that stand within a message. */
const composed = [
  ...['half', 'invalid', 'unfit', 'not-open', 'other-agent', 'wrong-folder'].map((part) => `answer.${part}`),
  ...['shortened', 'replaced'].map((part) => `ledger.${part}`),
  ...['edited', 'forged', 'foreign', 'format', 'unknown-run', 'unrecorded'].map((part) => `receipt.${part}`),
  ...['batch', 'debounce', 'throttle'].map((part) => `trigger.${part}`),
  ...['id', 'source', 'subject'].map((part) => `usage.${part}`),
];

/** What programs ask by name. */
const operationNames = Object.entries(operations).flatMap(([noun, verbs]) =>
  Object.keys(verbs).map((verb) => `${noun}.${verb}`),
);

const otherNames = new Set<string>([
  ...catalogue.map(({ type }) => type),
  ...Object.keys(outboundEvents),
  ...createActions().keys(),
  // Events of KPIs, of charts among their regions, and of examples; the one that decides approvals.
  // What an error of the file system is called where it is caught.
  'system.eexist',
  ...['kpi.measured', 'kpi.period-closed', 'all.settled', 'orphan.ended', 'part.failed', 'pass.ended'],
  ...[
    'undo.next',
    'error.code',
    'loop.iteration',
    'output.results',
    'wait.elapsed',
    'xstate.init',
    'revenue.updated',
    'lead.captured',
    'lead.lost',
    'ticket.opened',
    'compliance.finding',
  ],
  'approval.decision',
  // Timers, columns of lists, names that expressions read, options of a library.
  ...[
    'task.retry',
    'approval.escalation',
    'approval.reminder',
    'latest.outcome',
    'latest.run',
    'latest.task',
  ],
  ...['progress.failed', 'progress.percent', 'error.message', 'run.seconds', 'workflow.input'],
  ...['workflow.variables', 'workflow.version', 'elk.algorithm', 'elk.direction', 'elk.padding'],
  // Files, of whose endings there are codes as well.
  ...['backup', 'conductor', 'gallery', 'login', 'nats-urls', 'package', 'segment', 'server', 'tokens'].map(
    (name) => `${name}.json`,
  ),
  ...['first.claim', 'master.keys', 'owner.header', 'secret.key', 'secrets.env', 'server.lock', 'server.log'],
  ...['server.password', 'server.port', 'sources.list', 'tokens.lock', 'rows.index'],
]);

test('every error code that the source raises is explained, and no other', () => {
  const raised = codesIn(product.filter((path) => !tables.includes(path)).map(textOf));
  const missing = raised.filter(
    (code) => !otherNames.has(code) && !operationNames.includes(code) && !isExplained(code),
  );

  expect(missing).toEqual([]);
  const codes = new Set([...raised, ...composed, ...raised.flatMap(inSettings)]);
  expect(explained.filter((code) => !codes.has(code))).toEqual([]);
});

test('exit codes and HTTP statuses are given to codes that there are', () => {
  expect(codesIn(tables.map(textOf)).filter((code) => !isExplained(code))).toEqual([]);
});

test('what is listed as no code, or as put together, is still there', () => {
  const raised = new Set(codesIn(product.map(textOf)));
  const listed = [...otherNames].filter((name) => !(name in outboundEvents));
  const known = new Set<string>([...catalogue.map(({ type }) => type), ...createActions().keys()]);

  expect(listed.filter((name) => !known.has(name) && !raised.has(name))).toEqual([]);
  expect(composed.filter((code) => raised.has(code))).toEqual([]);
});

test('a code is explained once, with what it means and what to do', () => {
  expect(explained.filter((code, index) => explained.indexOf(code) !== index)).toEqual([]);
  expect(explained.filter((code) => !/^[a-z][a-z-]*\.[a-z][a-z0-9-]*$/.test(code))).toEqual([]);
  const lacking = texts.filter(({ meaning, remedy = '' }) => meaning === '' || remedy === '');
  expect(lacking.map(({ code }) => code)).toEqual([]);
});

test('no other page has a table of codes and their meanings', () => {
  const others = repositoryFiles().filter((path) =>
    /^docs\/(?!errors\/|decisions\/|outbound-events\.md).*\.md$/.test(path),
  );
  const rows = others.flatMap((path) =>
    [...textOf(path).matchAll(/^\| `([a-z-]+\.[a-z-]+)`[^|]*\|[^|]*\|$/gm)].map(([, code = '']) => ({
      path,
      code,
    })),
  );

  expect(rows.filter(({ code }) => explained.includes(code))).toEqual([]);
});

test('the page about error codes leads to every other one', () => {
  const text = textOf('docs/errors/README.md');
  const names = pages.map(({ page }) => page.replace(/.*\//, ''));

  expect(names.filter((name) => !text.includes(`](${name})`))).toEqual([]);
});

test('every command that a text names exists', () => {
  const program = createProgram({} as CliApp, createTestIo());
  const named = /`workflow ([a-z][a-z-]*)(?: ([a-z][a-z-]+))?/g;
  const wrong = texts.flatMap(({ code, meaning, causes = '', remedy = '', examples }) => {
    const shown = examples.map(({ text }) => text.replace(/^(?:[A-Z_]+=\S+ )?workflow /gm, '`workflow '));
    return [...[meaning, causes, remedy, ...shown].join(' ').matchAll(named)]
      .filter(([, name, below]) => {
        const command = program.commands.find((each) => each.name() === name);
        const among = command?.commands.map((each) => each.name()) ?? [];
        return command === undefined || (below !== undefined && among.length > 0 && !among.includes(below));
      })
      .map(([text]) => `${code}: ${text}`);
  });

  expect(wrong).toEqual([]);
});

function isExplained(code: string): boolean {
  return explained.includes(code) || inSettings(code).some((each) => explained.includes(each));
}

/** The checks of definitions read files of settings, too; there their codes begin with the name of the file. */
function inSettings(code: string): readonly string[] {
  const [, rest] = /^definition\.(.+)$/.exec(code) ?? [];

  return rest === undefined
    ? []
    : ['agents', 'serve', 'stations', 'enterprise'].map((file) => `${file}.${rest}`);
}

/** Names of two parts in quotes, without those of files. */
function codesIn(sources: readonly string[]): readonly string[] {
  const literals = sources.flatMap((text) =>
    [...text.matchAll(/'([a-z][a-z-]+\.[a-z][a-z0-9-]*)'/g)].map(([, literal = '']) => literal),
  );

  return [...new Set(literals)].filter((literal) => !/\.(yaml|conf|gz)$/.test(literal)).sort();
}
