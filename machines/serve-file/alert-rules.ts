import { z } from 'zod';
import type { Json } from '../../events/canonical-json.ts';
import { type Entry, readEntries } from '../agents/read-entries.ts';
import { defined } from '../language/defined.ts';
import type { Finding } from '../language/finding.ts';
import type { Mapping } from '../language/mapping.ts';
import { choice, duration, filled, listOf, oneOrMany, strict, text } from '../language/schema/shapes.ts';
import { parseSalvaging } from '../language/text/salvage.ts';
import { type Stratos, stratosLevels, upFrom } from '../stratos.ts';
import { mailAddress } from './mail.ts';
import { type AlertRule, type AlertTarget, alertKinds, isNews } from './served.ts';

const url = () =>
  filled('an address')
    .refine((value) => /^https?:\/\/[^\s/]+/.test(value) && URL.canParse(value), {
      error: 'expected an address that begins with https:// or http://',
    })
    // Nothing could be sent there, and why would be said with the password.
    .refine((value) => !/^https?:\/\/[^/?#]*@/.test(value), {
      error: 'expected an address without a user and a password; sign what is sent with secret: <NAME>',
    });

const target = z.union(
  [
    choice(['log', 'stratos']),
    strict({
      webhook: url().describe('Where it is posted as JSON.'),
      secret: filled('the name of a secret')
        .optional()
        .describe('The secret of the project that it is signed with, as Standard Webhooks are.'),
    }),
    strict({
      command: listOf(text(), 'a list: the program and its arguments')
        .min(1, { error: 'expected a program and its arguments, found an empty list' })
        .describe('Run with the alert as JSON on its stdin.'),
    }),
    strict({
      mail: oneOrMany(mailAddress(), 'a mail address or a list of them')
        .refine((to) => to.length > 0 && to.length <= 50, { error: 'expected 1 to 50 addresses' })
        .describe('Sent there as mail, by the server of the section mail.'),
    }),
  ],
  {
    error:
      'expected log, stratos, {webhook: <address>}, {mail: <address>} or {command: [<program>, <arguments>]}',
  },
);

const places = () =>
  oneOrMany(target, 'log, {webhook: <address>} or {command: [<program>]}, or a list of them').refine(
    (all) => all.length > 0,
    { error: 'expected a place where it is said, found an empty list' },
  );

const alertSchema = strict({
  name: filled('the name of a rule').describe('What it is called in what it says.'),
  description: text().optional().describe('For people.'),
  on: choice(alertKinds).describe('What it looks for.'),
  after: duration()
    .optional()
    .describe(
      'For how long it has to be so. Default at once; no_worker 1m; run_late: three times the usual.',
    ),
  definition: filled('a definition id, with * for any characters')
    .optional()
    .describe('Only runs of these definitions.'),
  stratos: choice(stratosLevels).optional().describe('Only runs of definitions of this STRATOS level.'),
  to: places().describe('Where it is said; stratos: where the section stratos leads.'),
  repeat: duration().optional().describe('Says it again after so long, while it is still so.'),
});

type WrittenRule = ReturnType<typeof alertSchema.parse>;

const levelSchema = strict({
  to: places().describe('Where alerts of definitions of this level are said.'),
  escalate: duration()
    .optional()
    .describe('Says it to the level above, too, when it is still so after so long.'),
});

const stratosSchema = strict({
  strategic: levelSchema.optional(),
  tactical: levelSchema.optional(),
  operational: levelSchema.optional(),
});

type Levels = z.output<typeof stratosSchema>;

type Report = (...findings: readonly Finding[]) => void;

/** The sections `alerts` and `stratos` of serve.yaml become rules, each with the places where it is said. */
export function readAlertRules(raw: Mapping, report: Report): readonly AlertRule[] {
  const alerts = readEntries({
    value: raw['alerts'],
    path: ['alerts'],
    schema: alertSchema,
    what: 'an alert rule',
    example: { listed: '{name: failed, on: run_failed, to: log}', keyed: '{on: run_failed, to: log}' },
    report,
  });
  const levels = readLevels(raw['stratos'], report);
  report(...alerts.flatMap(repeatAdvice));
  if (levels === undefined) report(...alerts.flatMap(nowhere));

  return alerts.flatMap(({ value }) => rulesOf(value, levels ?? {}));
}

function readLevels(raw: Json | undefined, report: Report): Levels | undefined {
  if (raw === undefined || raw === null) return undefined;
  const schema = strict({ stratos: stratosSchema });
  const { value, findings } = parseSalvaging({ schema, value: { stratos: raw }, path: [] });
  report(...findings);
  const levels = value?.stratos ?? {};
  report(...endless(levels));

  return levels;
}

/** There is nobody above the highest. */
function endless(levels: Levels): readonly Finding[] {
  const highest = stratosLevels.find((level) => levels[level] !== undefined);
  if (highest === undefined || levels[highest]?.escalate === undefined) return [];
  const message = `no level above ${highest} has a place, so escalate has no effect`;
  const path = ['stratos', highest, 'escalate'];

  return [{ code: 'definition.no-effect', severity: 'warning', message, path, at: 'key' }];
}

function nowhere({ value, path }: Entry<WrittenRule>): readonly Finding[] {
  if (!value.to.includes('stratos')) return [];
  const message =
    'nothing says where the levels are told: write stratos: {operational: {to: log, escalate: 30m}, tactical: {to: {mail: <address>}}}';

  return [{ code: 'serve.no-stratos', message, path: [...path, 'to'] }];
}

/** One rule for each place that is told at another time: what goes up is said again to the level above, later. */
function rulesOf(written: WrittenRule, levels: Levels): readonly AlertRule[] {
  const { name, on, after, definition, stratos, to, repeat } = written;
  const own = to.flatMap((target) => (target === 'stratos' ? [] : [targetOf(target)]));
  const rule = { name, on, afterMs: after, definition, repeatMs: repeat };
  if (!to.includes('stratos')) return [defined({ ...rule, stratos, to: own })];
  const begins = stratosLevels.filter((level) => stratos === undefined || level === stratos);

  return begins.flatMap((level) => {
    const [first, ...above] = stagesFrom(level, levels);
    const places = [...own, ...(first?.to ?? [])];
    return [
      ...(places.length === 0 ? [] : [defined({ ...rule, stratos: level, to: places })]),
      ...above.map(({ level: higher, to: told, laterMs }) =>
        defined({ ...rule, name: `${name} (${higher})`, stratos: level, to: told, laterMs }),
      ),
    ];
  });
}

type Stage = { readonly level: Stratos; readonly to: readonly AlertTarget[]; readonly laterMs: number };

/** From a level up, as far as it goes: a level of which nothing is said is passed over. */
function stagesFrom(stratos: Stratos, levels: Levels): readonly Stage[] {
  const stages: Stage[] = [];
  let laterMs = 0;
  for (const level of upFrom(stratos)) {
    const said = levels[level];
    if (said !== undefined || level === stratos) {
      const to = (said?.to ?? []).flatMap((target) => (target === 'stratos' ? [] : [targetOf(target)]));
      stages.push({ level, to, laterMs });
    }
    if (said === undefined) continue;
    if (said.escalate === undefined) break;
    laterMs += said.escalate;
  }

  return stages;
}

/** What happened once is said once. */
function repeatAdvice({ value: { on, repeat }, path }: Entry<WrittenRule>): readonly Finding[] {
  if (repeat === undefined || !isNews(on)) return [];
  const message = `${on} is said once for each time that it happens, so repeat has no effect`;

  return [
    { code: 'definition.no-effect', severity: 'warning', message, path: [...path, 'repeat'], at: 'key' },
  ];
}

type WrittenTarget = WrittenRule['to'][number];

function targetOf(target: Exclude<WrittenTarget, 'stratos'>): AlertTarget {
  if (typeof target === 'string') return { kind: 'log' };
  if ('mail' in target) return { kind: 'mail', to: target.mail };
  if ('command' in target) return { kind: 'command', command: target.command };

  return defined({ kind: 'webhook' as const, url: target.webhook, secret: target.secret });
}
