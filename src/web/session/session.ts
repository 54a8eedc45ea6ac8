import { createContext, useContext } from 'react';
import type { SignedInSession } from '../../api/home.ts';

/** The visitor and the installation. Until they are known nothing can be changed. */
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

/** The visitor and the installation. */
export function useSession(): SignedInSession {
  return useContext(SessionContext);
}
