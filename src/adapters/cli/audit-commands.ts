import type { Command } from 'commander';
import type { Act } from './act.ts';
import type { AuditExportFlags } from './commands/audit-export.ts';
import type { AuditVerifyFlags } from './commands/audit-verify.ts';
import { collect, runArgument } from './run-options.ts';

/** The commands that make the history of a run verifiable without its server. */
export function addAuditCommands(program: Command, act: Act): void {
  const audit = program
    .command('audit')
    .description('a run as a file that anybody can verify: its records, its definition, every hash')
    .helpCommand(false);
  audit
    .command('export')
    .argument('<run>', runArgument)
    .description('write a run as one file that needs neither the project nor the server to be verified')
    .option('--out <file>', 'the file to write (default: stdout)')
    .option('--sign', 'sign it with the key of the project, made when it is first needed')
    .action(
      act(async (invocation, run: string, flags: AuditExportFlags) => {
        const { auditExport } = await import('./commands/audit-export.ts');
        return auditExport(invocation, run, flags);
      }),
    );
  audit
    .command('verify')
    .argument('<file>', 'a file of workflow audit export')
    .description(
      'verify an export offline, fold it again and name all that is wrong; exit code 7 if anything is',
    )
    .option('--public-key <file>', 'trust this key instead of those of the project; may be repeated', collect)
    .action(
      act(async (invocation, file: string, flags: AuditVerifyFlags) => {
        const { auditVerify } = await import('./commands/audit-verify.ts');
        return auditVerify(invocation, file, flags);
      }),
    );
  addKeys(audit, act);
}

function addKeys(audit: Command, act: Act): void {
  const keys = audit
    .command('keys')
    .description('the Ed25519 keys that exports of this project are signed with')
    .helpCommand(false);
  keys
    .command('list', { isDefault: true })
    .description('all public keys, and from when until when each counts')
    .action(
      act(async (invocation, _flags: object) => {
        const { auditKeys } = await import('./commands/audit-keys.ts');
        return auditKeys(invocation);
      }),
    );
  keys
    .command('rotate')
    .description('make a new key to sign with; what older ones signed still verifies')
    .action(
      act(async (invocation, _flags: object) => {
        const { rotateAuditKeys } = await import('./commands/audit-keys.ts');
        return rotateAuditKeys(invocation);
      }),
    );
}
