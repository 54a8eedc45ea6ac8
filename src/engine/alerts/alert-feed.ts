import type { Alert, AlertFeed } from '../../ports/events/alert-delivery.ts';

/** Alerts as this process says them, for whoever looks on here. */
export function createAlertFeed(): AlertFeed & { readonly say: (alert: Alert) => void } {
  const listeners = new Set<(alert: Alert) => void>();

  return {
    onAlert: (listener) => {
      listeners.add(listener);

      return () => void listeners.delete(listener);
    },
    say: (alert) => {
      for (const listener of [...listeners]) listener(alert);
    },
  };
}
