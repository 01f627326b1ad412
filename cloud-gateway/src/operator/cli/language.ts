export type Language = 'zh' | 'en'

/** Both languages side by side, so that a sentence is never forgotten in one. `{}` takes what is given, in order. */
const texts = {
  seeHelp: { zh: '用法：tanbox-gateway --help', en: 'Usage: tanbox-gateway --help' },
  needCommand: { zh: '需要一个命令', en: 'a command is needed' },
  noCommand: { zh: '没有命令“{}”', en: 'there is no command "{}"' },
  noOption: { zh: '{} 不接受 --{}', en: '{} does not take --{}' },
  needBox: { zh: '{} 需要碳盒编号', en: '{} needs the id of a box' },
  manyWords: { zh: '{} 不接受“{}”', en: '{} takes no "{}"' },
  langIs: { zh: '--lang 是 zh 或 en', en: '--lang is zh or en' },
  byIs: { zh: '--by 是 box 或 day', en: '--by is box or day' },
  badNumber: {
    zh: '--{} 应为 {} 到 {} 的整数，不是“{}”',
    en: '--{} is a whole number from {} to {}; not "{}"',
  },
  badLimit: {
    zh: '--{} 应为 1 到 {} 的整数，或 none（不限），不是“{}”',
    en: '--{} is a whole number from 1 to {}, or none for no limit; not "{}"',
  },
  unknownOption: { zh: '没有选项 {}', en: 'there is no option {}' },
  needValue: { zh: '--{} 之后需要一个值', en: '--{} needs a value' },
  noValue: { zh: '--{} 不带值', en: '--{} takes no value' },
  badTime: {
    zh: '--expires 形如 30m、24h、7d，最短 1m，最长 30d',
    en: '--expires is like 30m, 24h or 7d, from 1m to 30d',
  },
  badDay: { zh: '--{} 是日期：2026-11-27', en: '--{} is a day: 2026-11-27' },
  badRange: { zh: '--from 晚于 --to', en: '--from is after --to' },
  badUrl: {
    zh: '--url 是 ws 或 wss 网址，如 wss://gateway.example.org',
    en: '--url is a ws or wss address, as wss://gateway.example.org',
  },
  csvOrJson: { zh: '--csv 与 --json 只能用一个', en: '--csv or --json, not both' },
  sayYes: { zh: '没有终端可以确认，请加 --yes。', en: 'There is no terminal to ask on: give --yes.' },
  interrupted: { zh: '已中断。', en: 'Interrupted.' },
  notRunning: {
    zh: '网关没有运行，或它的套接字 {} 打不开（{}）。它的数据若在别的文件夹，请用 --data 给出。',
    en: 'The gateway does not run, or its socket {} cannot be opened ({}). Where its data lie in another folder: --data.',
  },
  refused: { zh: '网关拒绝（{}）。', en: 'The gateway refuses ({}).' },
  away: { zh: '打不开账户数据：{}', en: 'The accounts cannot be opened: {}' },
  noBox: { zh: '没有登记过碳盒 {}。', en: 'There is no box {}.' },
  newAccounts: {
    zh: '{} 中还没有账户数据，现已新建。',
    en: 'There were no accounts in {}; they are made now.',
  },
  takenOver: { zh: '已接收旧版登记的 {} 台碳盒。', en: '{} boxes of an earlier version are taken over.' },
  // enrol
  codeIs: {
    zh: '登记码（只显示这一次，限一台，{} 前有效）',
    en: 'Code (shown this once, for one box, until {})',
  },
  typeOnBox: {
    zh: '在碳盒的 Tanbox 文件夹中执行（作为服务安装时：sudo /opt/tanbox/bin/tanbox，其余相同）：',
    en: 'To be typed on the box, in its Tanbox folder (as a service: sudo /opt/tanbox/bin/tanbox, the rest as here):',
  },
  addressGuessed: {
    zh: '网址按本机设置推测。若碳盒要用别的网址（例如经过代理），请设置 TANBOX_GATEWAY_PUBLIC_URL，或用 --url 给出。',
    en: 'The address is guessed from the settings here. Where boxes need another (behind a proxy, say), set TANBOX_GATEWAY_PUBLIC_URL or give it by --url.',
  },
  addressLocal: {
    zh: '注意：这个网址只在本机有效。要让别处的碳盒连接：设置 TANBOX_GATEWAY_HOST=0.0.0.0（或在本机前置代理），并用 TANBOX_GATEWAY_PUBLIC_URL 或 --url 给出碳盒所见的网址，如 wss://gateway.example.org（见 cloud-gateway/docs/proxies.md）。',
    en: 'Note: this address works on this machine only. For boxes elsewhere set TANBOX_GATEWAY_HOST=0.0.0.0 (or put a proxy before it) and give the address they see, as wss://gateway.example.org, by TANBOX_GATEWAY_PUBLIC_URL or --url (cloud-gateway/docs/proxies.md).',
  },
  noName: {
    zh: '注意：没有设置 TANBOX_GATEWAY_NAME，碳盒签名所用的名称是“{}”；以后改名，已登记的碳盒都须改设置。',
    en: 'Note: TANBOX_GATEWAY_NAME is not set, so boxes sign the name "{}"; once it is changed, every box that is enrolled needs another setting.',
  },
  smallQuota: {
    zh: '注意：一次提问连同资料常需数千 tokens；每{}少于 {} 时，许多提问会被拒绝。',
    en: 'Note: a question with its passages often takes thousands of tokens; with less than {1} per {0} many are refused.',
  },
  // boxes
  box: { zh: '碳盒', en: 'BOX' },
  label: { zh: '名称', en: 'LABEL' },
  state: { zh: '状态', en: 'STATE' },
  enrolled: { zh: '登记日期', en: 'ENROLLED' },
  perMinute: { zh: '每分钟', en: 'PER MIN' },
  perDay: { zh: '每日', en: 'PER DAY' },
  streams: { zh: '并发', en: 'AT ONCE' },
  active: { zh: '有效', en: 'active' },
  revoked: { zh: '已吊销', en: 'revoked' },
  noLimit: { zh: '不限', en: 'no limit' },
  noBoxes: {
    zh: '还没有碳盒。用 tanbox-gateway enrol 生成登记码。',
    en: 'No boxes yet. Make a code: tanbox-gateway enrol.',
  },
  confirmRevoke: {
    zh: '吊销 {}（{}）：它的编号和密钥永远作废，不能撤回；要回来须用新的登记码重新登记。输入 y 确认：',
    en: '{} ({}): its id and key are revoked for good; it can come back only by a new code, as a new box. Type y: ',
  },
  notRevoked: { zh: '没有吊销。', en: 'Not revoked.' },
  isRevoked: {
    zh: '{} 已吊销；正在使用的连接会在 5 秒内断开。它的编号和密钥永远作废。',
    en: '{} is revoked; its connection ends within 5 seconds. Its id and key are revoked for good.',
  },
  howBack: {
    zh: '若要让这台设备回来：用 tanbox-gateway enrol 生成新的登记码，在碳盒上执行它给出的命令（碳盒会换用新的编号和密钥），再重新启动碳盒。',
    en: 'To let the machine come back: make a code (tanbox-gateway enrol), run the command it prints on the box, which takes a new id and key, and start the box again.',
  },
  quotaOf: {
    zh: '{}：每分钟 {}，每日 {}，同时回答 {} 个',
    en: '{}: {} per minute, {} per day, {} answers at a time',
  },
  quotaOfRevoked: {
    zh: '注意：{} 已吊销，额度对它不起作用。',
    en: 'Note: {} is revoked; a quota is of no effect for it.',
  },
  tokens: { zh: '{} tokens', en: '{} tokens' },
  // usage
  day: { zh: '日期', en: 'DAY' },
  target: { zh: '模型', en: 'TARGET' },
  answers: { zh: '回答', en: 'ANSWERS' },
  exact: { zh: '精确', en: 'EXACT' },
  estimated: { zh: '估算', en: 'ESTIMATED' },
  cost: { zh: '费用', en: 'COST' },
  energy: { zh: '能耗 Wh', en: 'WH' },
  total: { zh: '合计', en: 'TOTAL' },
  usageFrom: { zh: '{} 至 {}（UTC），tokens', en: 'Tokens from {} to {} (UTC)' },
  theBeginning: { zh: '开始', en: 'the beginning' },
  today: { zh: '今天', en: 'today' },
  noUsage: { zh: '没有用量。', en: 'No usage.' },
  // models, status, drain
  model: { zh: '型号', en: 'MODEL' },
  aliases: { zh: '别名', en: 'ALIASES' },
  running: { zh: '进行', en: 'RUN' },
  queued: { zh: '排队', en: 'QUEUE' },
  lastFailure: { zh: '{} 最近一次故障：{}', en: 'Last failure of {}: {}' },
  healthy: { zh: '正常', en: 'healthy' },
  unhealthy: { zh: '异常', en: 'failing' },
  unchecked: { zh: '未检查', en: 'unchecked' },
  open: { zh: '暂停', en: 'resting' },
  'half-open': { zh: '试探', en: 'trying' },
  gatewayState: { zh: '状态', en: 'State' },
  upFor: { zh: '{} 小时 {} 分', en: '{} h {} min' },
  name: { zh: '名称', en: 'Name' },
  version: { zh: '版本', en: 'Version' },
  ok: { zh: '运行', en: 'running' },
  draining: { zh: '正在排空', en: 'draining' },
  since: { zh: '已运行', en: 'Up for' },
  connections: { zh: '连接', en: 'Connections' },
  handshakes: { zh: '握手', en: 'Handshakes' },
  answersRunning: { zh: '进行中的回答', en: 'Answers in work' },
  detached: { zh: '等待碳盒的回答', en: 'Answers without box' },
  heldBytes: { zh: '缓存', en: 'Held for boxes' },
  memory: { zh: '内存', en: 'Memory' },
  todayTokens: { zh: '今日', en: 'Today' },
  todayIs: { zh: '{} 个回答，{} tokens（其中估算 {}）', en: '{} answers, {} tokens ({} of them estimated)' },
  unknown: { zh: '未知', en: 'unknown' },
  drainAsked: {
    zh: '不再接受新的提问；正在进行的回答还有 10 秒写完，碳盒将连接别的副本。tanbox-gateway status 中“进行中的回答”为 0 后可以停止它；重新启动后才再接受碳盒。',
    en: 'No new questions are taken; running answers have 10 seconds to finish, and boxes go to other replicas. Stop it once tanbox-gateway status shows no answers in work; only a restart takes boxes again.',
  },
  unknownSettings: {
    zh: '没有这样的设置，是否写错：{}',
    en: 'There are no such settings, perhaps mistyped: {}',
  },
  setting: { zh: '设置', en: 'SETTING' },
} satisfies Record<string, Record<Language, string>>

export type TextName = keyof typeof texts

export function say(language: Language, name: TextName, ...given: (string | number)[]): string {
  let next = 0
  return texts[name][language].replace(/\{(\d?)\}/g, (_, at) => String(given[at ? Number(at) : next++] ?? ''))
}
