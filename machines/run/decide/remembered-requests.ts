import type { Fact } from '../../../events/catalogue.ts';
import type { RememberedRequest, RunState } from '../../chart/run/run-state.ts';

/** So many requests of either kind are remembered: one that comes again comes while its answer is waited for. */
const requestsMax = 32;

/**
 * The run remembers which event a request from outside led to, and whether it was refused. Those that were refused are
 * kept apart: whoever may do nothing must not have what others did forgotten.
 */
export function withRequest(
  state: RunState,
  { request: id, fact }: { readonly request?: string | undefined; readonly fact: Fact },
  sequence: number,
): RunState {
  if (id === undefined) return state;
  const { requests, refusedRequests } = state;
  if (fact.type !== 'approval.refused') return { ...state, requests: latest(requests, { id, sequence }) };
  const request = { id, sequence, refusal: refusalIn(fact.data) };

  return { ...state, refusedRequests: latest(refusedRequests, request) };
}

function latest(before: readonly RememberedRequest[] = [], request: RememberedRequest) {
  return [...before, request].slice(-requestsMax);
}

function refusalIn({ code, message }: NonNullable<RememberedRequest['refusal']>) {
  return { code, message };
}

/** What became of the request; undefined when it has led to nothing. */
export function ledTo(
  { requests = [], refusedRequests = [] }: RunState,
  id: string | undefined,
): RememberedRequest | undefined {
  return id === undefined ? undefined : [...requests, ...refusedRequests].find((each) => each.id === id);
}
