import { dueAlerts } from '../../../machines/alerts/due-alerts.ts';
import type { AlertRule } from '../../../machines/serve-file/served.ts';
import type { Alert } from '../../ports/events/alert-delivery.ts';
import type { StoreTrouble } from '../../ports/runs/journal.ts';
import { alertOf, type SayDeps, sayAlert } from './say-alert.ts';

export type StoreAlertsDeps = SayDeps & {
  readonly rules: () => readonly AlertRule[];
  readonly onAlert: (alert: Alert) => void;
  readonly dashboard: () => string | undefined;
  /** Why nothing is stored now, and since when, in ms since 1970. */
  readonly storeTrouble: () => (StoreTrouble & { readonly sinceMs: number }) | undefined;
};

const lookEveryMs = 1_000;

/**
 * Says that nothing is stored. A mark on the server that keeps other engines from saying it, too, is just what cannot
 * be stored: so each engine says it, once.
 */
export function runStoreAlerts(deps: StoreAlertsDeps): { readonly close: () => void } {
  const { clock, rules, storeTrouble, onAlert } = deps;
  let said = new Set<string>();
  let cancel = clock.after(lookEveryMs, look);

  function look(): void {
    const trouble = storeTrouble();
    if (trouble === undefined) said = new Set();
    else sayDue(trouble);
    cancel = clock.after(lookEveryMs, look);
  }

  function sayDue({ code, message, sinceMs }: StoreTrouble & { readonly sinceMs: number }): void {
    const subject = `${code} ${new Date(sinceMs).toISOString()}`;
    const sighting = {
      on: 'store_failing',
      subject,
      sinceMs,
      text: `nothing is stored: ${message}`,
    } as const;
    for (const due of dueAlerts(rules(), [sighting], clock.now())) {
      if (said.has(due.key)) continue;
      said.add(due.key);
      const alert = alertOf(due, { nowMs: clock.now(), dashboard: deps.dashboard() });
      onAlert(alert);
      const claim = { toldAt: new Set<string>(), note: async () => true, end: async () => undefined };
      void sayAlert(deps, alert, { to: due.rule.to, claim });
    }
  }

  return { close: () => cancel() };
}
