import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem, postJson } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';

export type SaveDialogProps = {
  readonly text: string;
  readonly file: string;
  readonly onClose: () => void;
  readonly onSaved: () => void;
};

/** Writes the text into a file of the project. A file that is there is replaced only when that is said. */
export function SaveDialog({ text, file, onClose, onSaved }: SaveDialogProps) {
  const [name, setName] = useState(file.replace(/^definitions\//, ''));
  const [replace, setReplace] = useState(false);
  const save = useMutation({
    mutationFn: () => postJson(['definitions', 'save'], { file: name, text, replace }),
    onSuccess: onSaved,
  });
  const isThere = save.error instanceof ApiProblem && save.error.problem.code === 'definition.file-exists';

  return (
    <Dialog
      title="Save to a file"
      isOpen
      onClose={onClose}
      footer={<SaveFooter save={save} onClose={onClose} />}
    >
      <label className="field">
        <strong>File in the folder definitions/</strong>
        <input value={name} onChange={(event) => setName(event.target.value)} spellCheck={false} />
        <span className="field-help">Such as orders.yaml. The file is yours to commit.</span>
      </label>
      {(isThere || replace) && (
        <div className="field">
          <label className="check">
            <input type="checkbox" checked={replace} onChange={(event) => setReplace(event.target.checked)} />
            Replace the file that is there
          </label>
        </div>
      )}
      {save.error !== null && <ProblemNote error={save.error} />}
      {save.isSuccess && <output>Saved to definitions/{name}.</output>}
    </Dialog>
  );
}

type SaveFooterProps = {
  readonly save: { readonly mutate: () => void; readonly isPending: boolean; readonly isSuccess: boolean };
  readonly onClose: () => void;
};

function SaveFooter({ save, onClose }: SaveFooterProps) {
  return (
    <>
      <button type="button" onClick={onClose}>
        {save.isSuccess ? 'Close' : 'Do not save'}
      </button>
      {!save.isSuccess && (
        <button type="button" className="primary" disabled={save.isPending} onClick={() => save.mutate()}>
          {save.isPending ? 'Saving ...' : 'Save'}
        </button>
      )}
    </>
  );
}
