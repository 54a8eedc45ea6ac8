import { useRef } from 'react';
import type { RunAction, RunPage } from '../../../api/run.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { closeMenuOnEscape } from '../../parts/menu-keys.ts';
import { arranged } from './action-words.ts';
import { AskButton } from './ask-button.tsx';
import { CompareButton } from './compare-button.tsx';
import type { RunView } from './run-view.ts';
import { actionKey, type OnOpen, useHeld } from './use-held.ts';

/** The id of the menu, which the key `.` opens. */
export const menuId = 'run-menu';

/** One action that stands out by how the run is, and a menu with the rest. In the past there is only the fork. */
export function RunActions({ view }: { readonly view: RunView }) {
  const { page } = view;
  const [actions, onOpen] = useHeld(offered(page));
  const { primary, ofRun, ofTasks } = arranged(actions);

  return (
    <>
      {primary === undefined ? null : (
        <AskButton key={actionKey(primary)} action={primary} page={page} isPrimary onOpen={onOpen} />
      )}
      <ActionMenu page={page} ofRun={ofRun} ofTasks={ofTasks} onOpen={onOpen} />
    </>
  );
}

/** A fork is offered wherever one is, and nothing else in the past. */
function offered(page: RunPage): readonly RunAction[] {
  const fork: RunAction = {
    kind: 'fork',
    command: `workflow fork ${page.shortId} --at ${page.sequence}`,
    who: 'whoever may start this definition',
  };
  const hasFork = page.actions.some(({ kind }) => kind === 'fork');
  const now = page.isPast ? page.actions.filter(({ kind }) => kind === 'fork') : page.actions;

  return hasFork ? now : [...now, fork];
}

type MenuProps = {
  readonly page: RunPage;
  readonly ofRun: readonly RunAction[];
  readonly ofTasks: readonly RunAction[];
  readonly onOpen: OnOpen;
};

function ActionMenu({ page, ofRun, ofTasks, onOpen }: MenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => {
    if (menu.current !== null) menu.current.open = false;
  };
  return (
    <details ref={menu} id={menuId} className="menu" onKeyDown={closeMenuOnEscape}>
      <summary className="button">Actions ▾</summary>
      <div className="menu-list">
        {[...ofRun, ...oneRerun(ofTasks, page)].map((action) => (
          <div key={actionKey(action)} className="menu-row">
            <AskButton action={action} page={page} onDone={close} onOpen={onOpen} isNamed />
            <CopyButton text={action.command} label="Copy as CLI" />
          </div>
        ))}
        <div className="menu-row">
          <CompareButton page={page} onDone={close} />
        </div>
      </div>
    </details>
  );
}

/** Of which task is asked in the dialog: one entry for all tasks that it can be done from. */
function oneRerun(actions: readonly RunAction[], { failedTask }: RunPage): readonly RunAction[] {
  const reruns = actions.filter(({ kind }) => kind === 'rerun');
  const one = reruns.find(({ task }) => task === failedTask) ?? reruns[0];

  return actions.filter((action) => action.kind !== 'rerun' || action === one);
}
