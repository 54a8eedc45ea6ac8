import { z } from 'zod';
import type { Alert, AlertWire } from '../../ports/alert-feed.ts';
import { messageOf } from '../../ports/message-of.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { readMessage } from './read-message.ts';

const Told = z.object({
  id: z.string(),
  rule: z.string(),
  on: z.string(),
  subject: z.string(),
  text: z.string(),
  at: z.string(),
  run: z.string().optional(),
  link: z.string().optional(),
});

/** Alerts as plain messages that nobody stores: whoever is not there hears nothing of them. */
export function createAlertWire({ link, names }: { readonly link: Link; readonly names: Names }): AlertWire {
  const subject = names.alertSubject;
  const listeners = new Set<(alert: Alert) => void>();
  let stop: (() => void) | undefined;

  function subscribe(): () => void {
    const subscription = link.connection.subscribe(subject, {
      callback: (error, message) => {
        const alert = error === null ? alertIn(message.string()) : undefined;
        if (alert !== undefined) for (const listener of [...listeners]) listener(alert);
      },
    });

    return () => subscription.unsubscribe();
  }

  return {
    send: (alert) => {
      try {
        if (link.isUp()) link.connection.publish(subject, JSON.stringify(alert));
      } catch (error) {
        link.tell(`an alert could not be told to other engines: ${messageOf(error)}`);
      }
    },
    onAlert: (listener) => {
      listeners.add(listener);
      stop ??= subscribe();

      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}

/** An engine of another version may say more, or what is no alert to us. */
function alertIn(text: string): Alert | undefined {
  const told = readMessage(Told, text);
  if (told === undefined) return undefined;
  const { run, link, ...alert } = told;

  return { ...alert, ...(run === undefined ? {} : { run }), ...(link === undefined ? {} : { link }) };
}
