import type { DueAlert } from '../../../machines/alerts/due-alerts.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import type { AlertTarget } from '../../../machines/serve-file/served.ts';
import type { AlertDelivery } from '../../ports/alert-delivery.ts';
import type { Alert } from '../../ports/alert-feed.ts';
import type { Clock } from '../../ports/clock.ts';
import { messageOf } from '../../ports/message-of.ts';

export type SayDeps = {
  readonly delivery: AlertDelivery;
  readonly clock: Clock;
  /** Told in words when an alert could not be said somewhere. */
  readonly onTrouble: (message: string) => void;
};

/** How long it is waited before each further try: in all less than an engine that took an alert is waited for. */
const pausesMs = [1_000, 5_000, 20_000, 60_000];

/** The alert as people and programs get it; `link` leads to where they look. */
export function alertOf(
  { rule, sighting, text }: DueAlert,
  { nowMs, dashboard }: { readonly nowMs: number; readonly dashboard: string | undefined },
): Alert {
  const { on, subject, run } = sighting;
  const path = run === undefined ? '/agents' : `/runs/${run}`;

  return {
    rule: rule.name,
    on,
    subject,
    text: oneLine(text),
    at: new Date(nowMs).toISOString(),
    ...(run === undefined ? {} : { run }),
    ...(dashboard === undefined ? {} : { link: `${dashboard}${path}` }),
  };
}

/** The error of a run is the word of its worker: it must not look like a line of ours, nor move the cursor. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ');
}

/** Says it everywhere the rule wants it, each place for itself. Never rejects. */
export async function sayAlert(deps: SayDeps, alert: Alert, { rule, key }: DueAlert): Promise<void> {
  const id = sha256Hex(key).slice(0, 32);
  await Promise.all(rule.to.map((target) => sayAt(deps, target, { alert, id })));
}

async function sayAt(
  { delivery, clock, onTrouble }: SayDeps,
  target: AlertTarget,
  { alert, id }: { readonly alert: Alert; readonly id: string },
): Promise<void> {
  for (const pauseMs of [...pausesMs, undefined]) {
    try {
      return await delivery.deliver(alert, target, id);
    } catch (error) {
      const after = pauseMs === undefined ? 'given up' : `tried again in ${pauseMs / 1_000} s`;
      onTrouble(`alert ${alert.rule}: ${alert.text}: not said, ${after}: ${messageOf(error)}`);
      if (pauseMs !== undefined) await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
    }
  }
}
