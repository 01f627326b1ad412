export type Language = 'zh' | 'en'

/** Both languages side by side, so that a sentence is never forgotten in one. `{}` takes what is given, in order. */
const texts = {
  seeHelp: { zh: '用法：tanbox-ledger --help', en: 'Usage: tanbox-ledger --help' },
  away: {
    zh: '{} 没有账本节点应答。请先启动它（npm start 或 tanbox-ledger 服务）。',
    en: 'No ledger node answers at {}. Start it first (npm start, or its service).',
  },
  noToken: { zh: '读不到节点的令牌 {}。', en: "The node's token {} cannot be read." },
  noPath: { zh: '没有这个路径：{}', en: 'No such path: {}' },
  interrupted: { zh: '已中断。', en: 'Interrupted.' },
  made: { zh: '已建立账本 {}，数据在 {}。', en: 'The log {} has begun in {}.' },
  there: { zh: '账本 {} 已在 {}。', en: 'The log {} is in {} already.' },
  localFolder: { zh: '备份不可包含：{}', en: 'No backup may hold: {}' },
  nodeRuns: { zh: '节点正在运行，账本早已建立。', en: 'The node is running; its log began long ago.' },
  origin: { zh: '账本', en: 'Log' },
  entries: { zh: '条目', en: 'Entries' },
  published: { zh: '已发布', en: 'Published' },
  final: { zh: '已终局', en: 'Final' },
  standing: { zh: '状态', en: 'Standing' },
  open: { zh: '可写', en: 'open' },
  held: { zh: '暂停', en: 'held' },
  closed: { zh: '已关闭', en: 'closed' },
  witnesses: { zh: '见证', en: 'Witnesses' },
  peers: { zh: '对端', en: 'Peers' },
  forks: { zh: '分叉', en: 'Forks' },
  keys: { zh: '公钥', en: 'Keys' },
  version: { zh: '版本', en: 'Version' },
  none: { zh: '无', en: 'none' },
  appended: { zh: '条目 {} 已写入并落盘。', en: 'Entry {} is written and durable.' },
  keepSalt: {
    zh: '请与内容一起保存盐值，它不在账本上：{}',
    en: 'Keep the salt with the content; it is not on the ledger: {}',
  },
  written: { zh: '已写入 {}', en: 'Written to {}' },
  stateLocal: { zh: '条目 {}：仅在本机。{}', en: 'Entry {} is local. {}' },
  stateWitnessed: { zh: '条目 {}：{}/{} 个见证。{}', en: 'Entry {} is witnessed, {} of {}. {}' },
  stateFinal: { zh: '条目 {}：已终局（{}/{} 个见证）。{}', en: 'Entry {} is final ({} of {}). {}' },
  sound: { zh: '核对无误', en: 'Nothing wrong was found' },
  unsound: { zh: '核对发现问题', en: 'Something is wrong' },
  checked: { zh: '已核对', en: 'Checked' },
  notChecked: { zh: '未核对', en: 'Not checked' },
  problem: { zh: '问题', en: 'Problem' },
  synced: { zh: '已与每个对端同步一轮。', en: 'One round with every peer is done.' },
  noPeers: { zh: '还没有对端。', en: 'No peers yet.' },
  connected: { zh: '已连接', en: 'connected' },
  reachable: { zh: '可达', en: 'reachable' },
  unreachable: { zh: '不可达', en: 'unreachable' },
  untried: { zh: '未尝试', en: 'not tried yet' },
  paused: { zh: '已暂停', en: 'paused' },
  fingerprint: { zh: '指纹', en: 'Fingerprint' },
  confirmCard: {
    zh: '请与对方屏幕上的指纹逐字比较。相同才添加。',
    en: 'Compare with the fingerprint that the other box shows. Add it only when they are the same.',
  },
  addIt: { zh: '添加？输入 y 确认：', en: 'Add it? Type y: ' },
  notAdded: { zh: '没有添加。', en: 'Not added.' },
  added: { zh: '已添加 {}。', en: '{} is a peer now.' },
  removed: { zh: '已移除。', en: 'Removed.' },
  pausedNow: { zh: '已暂停。', en: 'Paused.' },
  resumed: { zh: '已恢复。', en: 'Resumed.' },
  noFound: {
    zh: '局域网中没有发现碳盒。发现功能需在两端设置 TANBOX_LEDGER_DISCOVERY=on。',
    en: 'No boxes found on this network. Both ends need TANBOX_LEDGER_DISCOVERY=on.',
  },
  known: { zh: '已是对端', en: 'a peer already' },
  otherFingerprint: {
    zh: '指纹不同：那里的是 {}。没有添加。',
    en: 'The fingerprint is another one: {}. Not added.',
  },
  noForks: { zh: '没有已知的分叉。', en: 'No forks are known.' },
  fork: {
    zh: '{} 分叉：共同部分 {} 条。',
    en: '{} has forked; both histories begin with the same {} entries.',
  },
  forkAtLeast: {
    zh: '{} 分叉：共同部分至少 {} 条。',
    en: '{} has forked; both histories begin with at least the same {} entries.',
  },
  forkProved: {
    zh: '证明成立：{} 签署了两段互相矛盾的历史（{} 与 {} 条）。',
    en: 'Proved: {} has signed two histories that contradict each other, of {} and {} entries.',
  },
  forkNotProved: { zh: '这个文件不能证明分叉：{}', en: 'This file proves no fork: {}' },
  exported: { zh: '已导出 {} 条到 {}。', en: '{} entries are exported to {}.' },
  succeeded: {
    zh: '账本 {} 已开始，接替原账本。',
    en: 'The log {} has begun in the place of the one before.',
  },
  statementNeeded: {
    zh: '原账本无法写入。请 {} 位管理员（共 {} 位）签署下面的声明，然后：tanbox-ledger successor --statement 文件 --yes',
    en: 'The old log cannot be written to. {} of {} administrators sign the statement below; then: tanbox-ledger successor --statement FILE --yes',
  },
  confirmSuccessor: {
    zh: '这会关闭账本 {} 并开始 {}，不可撤销。加 --yes 执行。',
    en: 'This closes the log {} for good and begins {}. Add --yes to do it.',
  },
  adminKeyMade: {
    zh: '管理员私钥已写入 {}，请离线保管。公钥：{}',
    en: "The administrator's key is in {}; keep it off the box. Its public part: {}",
  },
  adminKeySet: { zh: '管理员公钥已登记：{}', en: "The administrator's key is recorded: {}" },
  witnessed: { zh: '本机见证的账本', en: 'Logs that this box witnesses' },
  logAdded: { zh: '从现在起见证 {}。', en: '{} is witnessed from now on.' },
} satisfies Record<string, Record<Language, string>>

export type TextName = keyof typeof texts

export function say(language: Language, name: TextName, ...given: (string | number)[]): string {
  let next = 0
  return texts[name][language].replace(/\{\}/g, () => String(given[next++] ?? ''))
}
