import type { ContentfulStatusCode } from 'hono/utils/http-status';

/**
 * HTTP statuses by the code of an error or refusal. A code that ends in `.*` is a prefix; the longest match counts.
 */
const statuses: Readonly<Record<string, ContentfulStatusCode>> = {
  'http.*': 400,
  'http.token': 401,
  'http.origin': 403,
  'http.read-only': 403,
  'http.no-route': 404,
  'http.not-found': 404,
  'http.method': 405,
  'http.timeout': 408,
  'http.too-large': 413,
  'http.media-type': 415,
  'http.host': 421,
  'http.too-many': 429,
  'http.unavailable': 503,
  'value.inexact': 400,
  'authority.*': 403,
  'approval.not-allowed': 403,
  'approval.excluded': 403,
  'approval.bad-delegate': 422,
  'approval.*': 409,
  'usage.*': 400,
  'query.*': 400,
  'query.too-long': 408,
  'query.unavailable': 503,
  'where.*': 400,
  'path.*': 400,
  'command.too-large': 413,
  'event.too-large': 413,
  'input.*': 422,
  'definition.*': 422,
  'definition.not-found': 404,
  'definition.unknown': 404,
  'definition.missing': 409,
  'definition.taken': 409,
  'definition.is-latest': 409,
  'definition.file-exists': 409,
  'definition.test-busy': 429,
  'yaml.*': 422,
  'cases.*': 422,
  'import.*': 422,
  'engine.none': 503,
  'run.moved': 503,
  'generations.*': 409,
  'gallery.*': 409,
  'gallery.no-gallery': 404,
  'gallery.no-template': 404,
  'gallery.ambiguous': 400,
  'gallery.unreadable': 502,
  'gallery.busy': 503,
  'feature.closed': 503,
  'erasure.unknown-subject': 404,
  'erasure.*': 409,
  'value.erased': 410,
  'keys.*': 503,
  'journal.unavailable': 503,
  'nats.*': 503,
  'blob.unavailable': 503,
  'secret.unavailable': 503,
  'slots.*': 503,
  'event.unavailable': 503,
  'agents.unavailable': 503,
  'snapshots.unavailable': 503,
  'work.unavailable': 503,
  'mark.busy': 503,
  'run.not-found': 404,
  'run.no-event': 404,
  'run.ambiguous': 400,
  'run.archived': 410,
  'archive.*': 409,
  'archive.unavailable': 503,
  'run.*': 409,
  'task.unknown': 404,
  'task.*': 409,
  'fork.no-event': 404,
  'fork.*': 409,
  'rerun.*': 409,
  'signal.*': 409,
  'dead-letter.none': 404,
  'dead-letter.*': 409,
  'event.not-found': 404,
  'event.*': 422,
  'agents.*': 409,
  'agent.unknown': 404,
  'team.unknown': 404,
  'agent.*': 409,
  'trigger.unknown': 404,
  'trigger.ambiguous': 400,
  'trigger.*': 409,
  'schedule.no-times': 422,
  'schedule.too-many-times': 422,
  'schedule.*': 409,
  'runs.count-differs': 409,
  'journal.conflict': 409,
  'journal.damaged': 409,
  'migrate.*': 409,
  'graph.*': 422,
  'failure.not-found': 404,
  'goal.not-found': 404,
  'goal.ambiguous': 400,
  'enterprise.invalid': 422,
  'failure.mute-until': 400,
  'oidc.*': 403,
  'oidc.state': 400,
  'oidc.off': 404,
  'oidc.unreachable': 503,
  'oidc.settings': 503,
  'oidc.origin': 503,
  'hook.unknown': 404,
  'hook.*': 401,
  'work.*': 409,
  'report.*': 409,
  'wait.timeout': 503,
};

/** The HTTP status of an error code; undefined for an unknown one. */
export function httpStatusOf(code: string): ContentfulStatusCode | undefined {
  for (let prefix = code; prefix !== ''; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('.')))) {
    const status = statuses[prefix === code ? code : `${prefix}.*`];
    if (status !== undefined) return status;
  }

  return undefined;
}

/** All known codes with their HTTP statuses, sorted by name. */
export function knownCodes(): readonly (readonly [code: string, status: number])[] {
  return Object.entries(statuses).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Whether the same request may succeed later. */
export function isRetryable(status: number): boolean {
  return status === 429 || status === 503 || status === 408;
}
