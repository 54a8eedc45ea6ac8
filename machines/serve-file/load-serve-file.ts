import type { Json } from '../../events/canonical-json.ts';
import { type Entry, readEntries } from '../agents/read-entries.ts';
import { defined } from '../language/defined.ts';
import type { Finding } from '../language/finding.ts';
import { type LoadedSettings, loadSettings } from '../language/load-settings.ts';
import { alertSchema } from './alert-schema.ts';
import { hookFindings, hookOf } from './hook-of.ts';
import { hookSchema } from './hook-schema.ts';
import { type AlertRule, type AlertTarget, isNews, type Served } from './served.ts';

type WrittenRule = ReturnType<typeof alertSchema.parse>;

type Report = (...findings: readonly Finding[]) => void;

const examples = {
  hook: {
    listed: '{name: github, event: push, signature: github, secret: NAME}',
    keyed: '{event: push, signature: github, secret: NAME}',
  },
  alert: { listed: '{name: failed, on: run_failed, to: log}', keyed: '{on: run_failed, to: log}' },
};

/** The text of serve.yaml becomes checked hooks and alert rules, or the list of all that is wrong. Never throws. */
export function loadServeFile(options: {
  readonly file: string;
  readonly content: Uint8Array | string;
}): LoadedSettings<Served> {
  return loadSettings({ ...options, keys: ['hooks', 'alerts'], codes: 'serve', read });
}

function read(raw: Readonly<Record<string, Json>>, report: Report): Served {
  const hooks = readEntries({
    value: raw['hooks'],
    path: ['hooks'],
    schema: hookSchema,
    what: 'a hook',
    example: examples.hook,
    report,
  });
  const alerts = readEntries({
    value: raw['alerts'],
    path: ['alerts'],
    schema: alertSchema,
    what: 'an alert rule',
    example: examples.alert,
    report,
  });
  report(...hooks.flatMap(hookFindings), ...alerts.flatMap(repeatAdvice));

  return {
    hooks: hooks.map(({ value }) => hookOf(value)),
    alerts: alerts.map(({ value }) => ruleOf(value)),
  };
}

/** What happened once is said once. */
function repeatAdvice({ value: { on, repeat }, path }: Entry<WrittenRule>): readonly Finding[] {
  if (repeat === undefined || !isNews(on)) return [];
  const message = `${on} is said once for each time that it happens, so repeat has no effect`;

  return [
    { code: 'definition.no-effect', severity: 'warning', message, path: [...path, 'repeat'], at: 'key' },
  ];
}

function ruleOf({
  name,
  on,
  after,
  definition,
  to,
  repeat,
}: ReturnType<typeof alertSchema.parse>): AlertRule {
  return defined({ name, on, afterMs: after, definition, to: to.map(targetOf), repeatMs: repeat });
}

type WrittenTarget = WrittenRule['to'][number];

function targetOf(target: WrittenTarget): AlertTarget {
  if (typeof target === 'string') return { kind: 'log' };
  if ('command' in target) return { kind: 'command', command: target.command };

  return defined({ kind: 'webhook' as const, url: target.webhook, secret: target.secret });
}
