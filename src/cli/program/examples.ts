import type { Command } from 'commander';

/** Command lines without the first word, by command. A test reads each by the options that there are. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  start: ['start greet.yaml --who Ada', 'start orders --amount 120 --detach', 'start orders --draft --watch'],
  'workset start': ['workset start nightly', 'workset start nightly.yaml --detach'],
  'workset pause': ['workset pause nightly', "workset pause nightly --reason 'stocktaking'"],
  'workset resume': ['workset resume nightly', 'workset resume nightly --detach'],
  'workset list': ['workset list', 'workset list --limit 20'],
  'workset show': ['workset show nightly', 'workset show nightly --json'],
  'workset report': ['workset report nightly', 'workset report nightly --json'],
  approve: [
    'approve @last',
    "approve 01kah3x9zq4bc sign_off --comment 'as agreed'",
    'approve @last sign_off --field amount=120 --as ana',
  ],
  reject: ["reject @last --comment 'too expensive'", 'reject 01kah3x9zq4bc sign_off --detach'],
  'approvals list': ['approvals list', 'approvals list --mine --as ana'],
  'approvals show': ['approvals show @last', 'approvals show 01kah3x9zq4bc sign_off'],
  'approvals approve': ['approvals approve @last', "approvals approve @last sign_off --comment 'fine'"],
  'approvals reject': ['approvals reject @last', "approvals reject @last sign_off --comment 'not yet'"],
  'approvals change': [
    "approvals change @last --comment 'name the supplier'",
    "approvals change 01kah3x9zq4bc sign_off --comment 'round it'",
  ],
  'approvals delegate': [
    'approvals delegate @last --to ben',
    "approvals delegate @last sign_off --to ben --reason 'on leave'",
  ],
  'approvals absences': ['approvals absences', 'approvals absences --json'],
  'approvals away': [
    'approvals away --to ben --until 2026-08-15',
    "approvals away --as ana --to ben --from 2026-08-01 --until 2026-08-15 --reason 'holidays'",
  ],
  'approvals back': ['approvals back', 'approvals back --as ana'],
  resume: ['resume @last', "resume --where 'status=PAUSED definition=orders' --dry-run"],
  pause: ["pause @last --reason 'wait for the bank'", "pause --where 'definition=orders' --dry-run"],
  cancel: [
    "cancel @last --reason 'ordered twice'",
    "cancel --where 'status=RUNNING definition=orders' --dry-run",
    "cancel --where 'key=A-7' --expect-count 1 --yes",
  ],
  terminate: ['terminate @last', "terminate --where 'definition=orders started<2026-01-31' --dry-run"],
  retry: ['retry @failed', "retry --where 'status=FAILED error~card' --dry-run"],
  rerun: [
    'rerun @last --from charge',
    'rerun @last --from charge -i amount=90',
    `rerun @last --from charge --task-input '{"amount": 90}'`,
  ],
  fork: ['fork @last --at 12', 'fork @last --at 12 -i amount=90 --detach'],
  skip: ["skip @last notify --reason 'told by phone'", "skip 01kah3x9zq4bc 'orders[2].notify'"],
  complete: [
    `complete @last charge --output '{"receipt": "R-17"}'`,
    "complete @last charge --reason 'paid in cash'",
  ],
  assign: ['assign @last write --to EDITOR', 'assign @last write --to EDITOR --take-away'],
  signal: [
    `signal @last payment --data '{"amount": 120}'`,
    "signal --where 'definition=orders' stop --dry-run",
  ],
  'dead-letters list': ['dead-letters list', 'dead-letters list --all'],
  'dead-letters show': ['dead-letters show @failed', 'dead-letters show @failed --json'],
  'dead-letters retry': ['dead-letters retry @failed', 'dead-letters retry @failed --detach'],
  'dead-letters drop': [
    "dead-letters drop @failed --reason 'a test order'",
    'dead-letters drop 01kah3x9zq4bc',
  ],
  status: ['status', 'status @last', 'status --json'],
  watch: ['watch @last', 'watch', 'watch 01kah3x9zq4bc --timeout 10m'],
  list: ['list', "list --where 'status=FAILED definition=orders'", 'list --status RUNNING --limit 50'],
  show: ['show @last', 'show @failed', 'show 01kah3x9zq4bc --at 12'],
  diff: ['diff @last 3 9', 'diff 01kah3x9zq4bc 1 4 --json'],
  next: ['next @last', 'next @last --json'],
  history: ['history @last', 'history @failed --json'],
  replay: [
    'replay @last',
    'replay --all --against orders.yaml',
    'replay --scenarios-of old/orders.yaml --against orders.yaml',
  ],
  emit: [`emit order.paid --data '{"order": "A-7"}'`, 'emit order.paid --data @paid.json --id A-7 --wait'],
  'events list': ['events list', 'events list --type order.paid --since 7d', 'events list --status dead'],
  'events show': ['events show 41', 'events show 41 --json'],
  query: [
    "query 'select definition, count(*) as runs from runs group by definition'",
    "query 'select * from workflow_executions' --where 'definition=orders' --format csv",
  ],
  executions: [
    'executions --since 7d',
    'executions --definition orders --format csv',
    'executions --summary',
  ],
  'audit export': ['audit export @last --out run.json', 'audit export 01kah3x9zq4bc --out run.json --sign'],
  'audit verify': ['audit verify run.json', 'audit verify run.json --public-key ana.pem'],
  'audit keys list': ['audit keys list', 'audit keys list --json'],
  'audit keys rotate': ['audit keys rotate', 'audit keys rotate --json'],
  'archives list': ['archives list', 'archives list --json'],
  'archives verify': ['archives verify', 'archives verify --public-key ana.pem'],
  dev: ['dev', 'dev hello --who Ada', 'dev --no-run --http 8080'],
  init: ['init', 'init shop'],
  new: ['new', 'new hello greetings', 'new lead-qualification leads'],
  logs: ['logs @last', 'logs @last charge --follow', 'logs @last --at 12'],
  check: ['check orders.yaml', 'check definitions', 'check definitions --deep --offline'],
  'definitions list': ['definitions list', 'definitions list --json'],
  'definitions show': ['definitions show orders', 'definitions show orders@3'],
  'definitions diff': [
    'definitions diff orders@3 orders@4',
    'definitions diff orders definitions/orders.yaml',
  ],
  'definitions publish': [
    'definitions publish definitions/orders.yaml --dry-run',
    "definitions publish definitions/orders.yaml --reason 'asks the bank first'",
    'definitions publish',
  ],
  'definitions rollback': [
    'definitions rollback orders 3 --dry-run',
    "definitions rollback orders 3 --reason 'the bank is down'",
  ],
  'definitions templates': ['definitions templates', 'definitions templates --json'],
  'definitions tools': ['definitions tools', 'definitions tools --json'],
  'definitions map': ['definitions map', 'definitions map --json'],
  chart: ['chart orders.yaml', 'chart orders --format svg', 'chart orders@3 --format xstate'],
  graph: ['graph orders.yaml', 'graph orders@3', 'graph @last'],
  types: ['types', 'types --out src/workflows.d.ts', 'types --out src/workflows.d.ts --check'],
  lsp: ['lsp', 'lsp --project ../station'],
  import: ['import conductor.json', 'import conductor.json --out definitions --report losses.txt'],
  serve: ['serve', 'serve --http 0.0.0.0:7420 --allow-host workflow.example', 'serve --bundle'],
  doctor: ['doctor', 'doctor --all', 'doctor --repair'],
  backup: ['backup /backups/monday', 'backup ../monday --project examples/station'],
  restore: [
    'restore /backups/monday --fence nats://old.example:4222',
    'restore /backups/monday --old-site-is-down',
  ],
  drill: ['drill', 'drill --json'],
  erase: ['erase --subject customer:42', 'erase --subject customer:42 --certificate erased.json --as ana'],
  erasures: ['erasures', 'erasures --json'],
  fence: ['fence', 'fence --lift'],
  'nats-config': [
    'nats-config --server nats://10.0.0.1:4222 --agent WRITER',
    'nats-config --operator ana --observer ben --out nats',
  ],
  token: ['token', 'token --link', 'token --nats'],
  'tokens list': ['tokens list', 'tokens list --json'],
  'tokens add': [
    'tokens add ana --level L1',
    'tokens add ben --level L3 --domain finance --expires 2027-01-31',
  ],
  'tokens revoke': ['tokens revoke 3f9c', 'tokens revoke 3f9c --json'],
  login: ['login --server https://workflow.example', 'login --token'],
  mcp: ['mcp --project examples/station', 'mcp --server https://workflow.example'],
  logout: ['logout', 'logout --project ../station'],
  down: ['down', 'down --project examples/station'],
  servers: ['servers', 'servers --stop', 'servers ../station --stop'],
  'gallery list': ['gallery list', 'gallery list --json'],
  'gallery search': ['gallery search approval', 'gallery search customer refund'],
  'gallery show': ['gallery show document-approval', 'gallery show document-approval --files'],
  'gallery install': [
    'gallery install document-approval',
    'gallery install document-approval --gallery team --yes',
  ],
  'gallery update': ['gallery update --dry-run', 'gallery update document-approval'],
  'gallery remove': ['gallery remove document-approval', 'gallery remove document-approval --json'],
  'gallery add': [
    'gallery add ../team-gallery',
    'gallery add https://gallery.example --name team --key team.pem',
  ],
  'gallery forget': ['gallery forget team', 'gallery forget team --json'],
  'gallery publish': [
    'gallery publish orders --to ../team-gallery',
    'gallery publish orders --to ../team-gallery --docs orders.md --key team.pem',
  ],
  test: ['test', 'test orders.yaml --verbose', 'test definitions --min-coverage 90 --junit report.xml'],
  'schedules list': ['schedules list', 'schedules list --json'],
  'schedules show': ['schedules show nightly', 'schedules show orders/nightly'],
  'schedules pause': [
    "schedules pause nightly --reason 'stocktaking'",
    'schedules pause orders/nightly --as ana',
  ],
  'schedules resume': ['schedules resume nightly', 'schedules resume orders/nightly --as ana'],
  'schedules run-now': ['schedules run-now nightly', 'schedules run-now orders/nightly --detach'],
  'schedules backfill': [
    'schedules backfill nightly --from 2026-01-01 --to 2026-01-31 --dry-run',
    'schedules backfill nightly --from 2026-01-31T09:00',
  ],
  'triggers list': ['triggers list', 'triggers list --json'],
  'triggers pause': ['triggers pause paid', "triggers pause orders/paid --reason 'the shop moves'"],
  'triggers resume': ['triggers resume paid', 'triggers resume orders/paid --as ana'],
  'agents list': ['agents list', 'agents list --json'],
  'agents show': ['agents show WRITER', 'agents show WRITER --json'],
  'agents drain': ['agents drain WRITER', "agents drain WRITER --reason 'new model'"],
  'agents resume': ['agents resume WRITER', 'agents resume WRITER --as ana'],
  'agents move': ['agents move WRITER --team marketing', 'agents move WRITER --back'],
  'agents work': ['agents work', 'agents work --json'],
  worker: ['worker WRITER -- node write.mjs', 'worker WRITER --skill write --capacity 4 -- ./write.sh'],
  dashboard: ['dashboard', 'dashboard --read-only', 'dashboard --plain'],
  demo: ['demo', 'demo lead-qualification', 'demo document-approval --into try --ask'],
  completion: ['completion bash', 'completion zsh', 'completion fish'],
  help: ['help start', 'help exit-codes', 'help reference'],
  explain: ['explain definition.unknown-task', 'explain approval', 'explain run.closed --json'],
  bridge: ["bridge '@workflow inventory-validation target_folder=0UT.3OX'", 'bridge --watch 1N.3OX/CHAT.md'],
  'bundles list': ['bundles list', 'bundles list --limit 5'],
  'bundles diff': ['bundles diff 3f9c1a', 'bundles diff 3f9c1a --to 77be02'],
  'bundles use': ['bundles use 3f9c1a', "bundles use 3f9c1a --reason 'back to what worked'"],
  'keys rotate': ['keys rotate', 'keys rotate --retire --as ana'],
  failures: ['failures', 'failures --limit 5'],
  'goals list': ['goals list', 'goals list --json'],
  'goals show': ['goals show revenue', 'goals show revenue --period 2026-Q1'],
  'goals verify': ['goals verify', 'goals verify --json'],
  insights: ['insights', 'insights --from 2026-01-01 --to 2026-01-31 --definition orders'],
  retain: ['retain --dry-run', 'retain --as ana'],
  migrate: ['migrate @last', 'migrate @last --to 4'],
  compare: ['compare @failed @last', 'compare 01kah3x9zq4bc 01kah41cz7f0d --json'],
};

/** The help of each command ends with its examples; that of a group with those of what it does. */
export function addExamples(command: Command, words: readonly string[] = []): void {
  for (const each of command.commands) addExamples(each, [...words, each.name()]);
  const lines = examplesOf(command, words);
  if (lines.length === 0) return;
  const text = lines.map((line) => `  workflow ${line}`).join('\n');
  command.addHelpText('after', `\nExamples:\n${text}`);
}

/** So many lines at most. */
const examplesMax = 3;

function examplesOf(command: Command, words: readonly string[]): readonly string[] {
  const own = examples[words.join(' ')];
  if (own !== undefined || words.length === 0) return own ?? [];

  return command.commands
    .flatMap((each) => (examples[[...words, each.name()].join(' ')] ?? []).slice(0, 1))
    .slice(0, examplesMax);
}
