import type { Fact } from '../../events/catalogue.ts';
import type { RememberedRequest, RunState } from '../compile/run-state.ts';

/** So many requests are remembered: one that comes again comes while its answer is waited for. */
const requestsMax = 32;

/** The run remembers which event a request from outside led to, and whether it was refused. */
export function withRequest(
  state: RunState,
  { request: id, fact }: { readonly request?: string | undefined; readonly fact: Fact },
  sequence: number,
): RunState {
  if (id === undefined) return state;
  const request: RememberedRequest =
    fact.type === 'approval.refused' ? { id, sequence, refusal: refusalIn(fact.data) } : { id, sequence };

  return { ...state, requests: [...(state.requests ?? []), request].slice(-requestsMax) };
}

function refusalIn({ code, message }: NonNullable<RememberedRequest['refusal']>) {
  return { code, message };
}

/** What became of the request; undefined when it has led to nothing. */
export function ledTo({ requests = [] }: RunState, id: string | undefined): RememberedRequest | undefined {
  return id === undefined ? undefined : requests.find((request) => request.id === id);
}
