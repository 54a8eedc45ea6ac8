import { useState } from 'react';
import { useSession } from '../../session/session.ts';
import { PublishDialog } from '../editor/publish-dialog.tsx';

/** Publishes the text of an old version as a new one, once it was looked at what that changes. */
export function RollbackButton({ id, version }: { readonly id: string; readonly version: number }) {
  const [isOpen, setOpen] = useState(false);
  const { readOnly } = useSession();

  return (
    <>
      <button type="button" disabled={readOnly} onClick={() => setOpen(true)}>
        Roll back to v{version} ...
      </button>
      {isOpen && (
        <PublishDialog
          path={['definitions', id, 'rollback']}
          body={{ version }}
          title={`Roll back to v${version}: publish it again as`}
          onClose={() => setOpen(false)}
          onPublished={() => undefined}
        />
      )}
    </>
  );
}
