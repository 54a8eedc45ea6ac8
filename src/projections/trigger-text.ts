import type { TriggerRef } from '../../events/run-events.ts';

/** What started a run by itself, in words: `event lead.found (id 7 from /crm)`. */
export function triggerText({ kind, id, event, tick, file }: TriggerRef): string {
  switch (kind) {
    case 'event':
      return event === undefined ? `trigger ${id}` : eventText(event, id);
    case 'cron':
      return `schedule ${id}${tick === undefined ? '' : `, tick ${tick}`}`;
    case 'file':
      return file === undefined ? `trigger ${id}` : `file ${file}, trigger ${id}`;
  }
}

function eventText({ type, id, source }: NonNullable<TriggerRef['event']>, trigger: string): string {
  return `event ${type} (id ${id} from ${source})${type === trigger ? '' : `, trigger ${trigger}`}`;
}
