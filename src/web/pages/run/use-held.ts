import { useState } from 'react';
import type { RunAction } from '../../../api/run.ts';

/** Told when the dialog of an action opens and when it closes. */
export type OnOpen = (action: RunAction, isOpen: boolean) => void;

/**
 * The actions, and the one whose dialog is open even when it cannot be asked any more: somebody else may have been
 * faster, and whoever is writing a reason has to be told by the refusal, not by a dialog that goes away.
 */
export function useHeld(actions: readonly RunAction[]): readonly [readonly RunAction[], OnOpen] {
  const [held, setHeld] = useState<RunAction>();
  const isThere = held === undefined || actions.some((action) => actionKey(action) === actionKey(held));

  return [isThere ? actions : [...actions, held], (action, isOpen) => setHeld(isOpen ? action : undefined)];
}

/** Tells actions of one run apart. */
export function actionKey({ kind, task = '', signal = '' }: RunAction): string {
  return `${kind} ${task} ${signal}`;
}
