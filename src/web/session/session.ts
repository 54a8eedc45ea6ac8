import { createContext, useContext } from 'react';
import type { SignedInSession } from '../../api/home.ts';

/** Who looks, and at what. Until it is known nothing can be changed. */
export const unknownSession: SignedInSession = {
  actor: '',
  readOnly: true,
  needsToken: false,
  isSignedIn: false,
  version: '',
  namespace: '',
  project: '',
  now: '',
};

export const SessionContext = createContext<SignedInSession>(unknownSession);

/** Who looks, and at what. */
export function useSession(): SignedInSession {
  return useContext(SessionContext);
}
