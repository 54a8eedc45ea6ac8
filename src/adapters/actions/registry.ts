import type { Handler } from '../../ports/handler.ts';
import { complianceValidate } from './compliance-validate.ts';
import { filesCopy } from './files-copy.ts';
import { filesScan } from './files-scan.ts';
import { foldersCreate } from './folders-create.ts';
import { notify } from './notify.ts';
import { policyLoad } from './policy-load.ts';
import { receiptWrite } from './receipt-write.ts';
import { reportWrite } from './report-write.ts';

/** The built-in actions by the name that `uses:` gives (docs/actions.md). */
export function createActions(): ReadonlyMap<string, Handler> {
  return new Map([
    ['files.scan', filesScan],
    ['files.copy', filesCopy],
    ['folders.create', foldersCreate],
    ['policy.load', policyLoad],
    ['compliance.validate', complianceValidate],
    ['receipt.write', receiptWrite],
    ['report.write', reportWrite],
    ['notify', notify],
  ]);
}
