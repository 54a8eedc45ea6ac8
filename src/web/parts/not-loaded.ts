import { messageOf } from '../../lib/text.ts';

/**
 * When the page is loaded anew by itself for a part of its program that could not be loaded. `asked`: never, somebody
 * has to press for it; `back`: once the engine was gone and is there again; `now`: as soon as the engine is there.
 */
export type Reloading = 'asked' | 'back' | 'now';

/**
 * A part of the program of the page that did not come. A browser remembers that and does not ask for it again, nor for
 * what it needs, until the page is loaded anew; after an upgrade of the engine the part has another name, too.
 */
export class NotLoaded extends Error {
  override readonly name = 'NotLoaded';
  readonly code = 'dashboard.not-loaded';
  readonly reloading: Reloading;

  constructor(
    what: string,
    { cause, reloading }: { readonly cause: unknown; readonly reloading: Reloading },
  ) {
    super(`${what} could not be loaded: ${messageOf(cause)}`, {
      cause,
    });
    this.reloading = reloading;
  }
}

/** Whether the page is loaded anew now. `wasGone`: the engine was not reached at some time since the part failed. */
export function isReloadDue(
  reloading: Reloading,
  { isGone, wasGone }: { readonly isGone: boolean; readonly wasGone: boolean },
): boolean {
  return !isGone && (reloading === 'now' || (reloading === 'back' && wasGone));
}
