import type { Locator } from '../model.ts'

export type Language = 'zh' | 'en'

/** Both languages side by side, so that a sentence is never forgotten in one. */
const texts = {
  seeHelp: { zh: '用法：tanbox --help', en: 'Usage: tanbox --help' },
  nothingRunning: {
    zh: '没有正在运行的碳盒。请先运行 npm start。',
    en: 'No Tanbox is running. Start it with: npm start',
  },
  sources: { zh: '来源', en: 'Sources' },
  notInDocuments: { zh: '文档中没有答案。', en: 'Not in your documents.' },
  unsupported: { zh: '以下内容未找到依据：', en: 'No source was found for:' },
  again: { zh: '（重新作答）', en: '(answering anew)' },
  stopped: { zh: '（已停止）', en: '(stopped)' },
  incomplete: { zh: '（回答不完整）', en: '(the answer is incomplete)' },
  noHits: { zh: '没有找到。', en: 'Nothing found.' },
  words: { zh: '词', en: 'words' },
  vectors: { zh: '义', en: 'meaning' },
  noFiles: { zh: '没有找到文件。', en: 'No files were found there.' },
  uploading: { zh: '上传', en: 'uploading' },
  reading: { zh: '读取', en: 'reading' },
  ready: { zh: '可检索', en: 'searchable' },
  failed: { zh: '失败', en: 'failed' },
  taken: { zh: '已接收', en: 'taken in' },
  documents: { zh: '文档', en: 'Documents' },
  passages: { zh: '段落', en: 'Passages' },
  queued: { zh: '等待', en: 'queued' },
  offline: { zh: '离线', en: 'offline' },
  progress: { zh: '进度', en: 'Progress' },
  idle: { zh: '空闲', en: 'idle' },
  gateway: { zh: '网关', en: 'Gateway' },
  ledger: { zh: '账本', en: 'Ledger' },
  entries: { zh: '条目', en: 'entries' },
  pending: { zh: '待上链', en: 'waiting' },
  index: { zh: '索引', en: 'Index' },
  model: { zh: '向量模型', en: 'Embedding model' },
  dropFolder: { zh: '投放文件夹', en: 'Drop folder' },
  memory: { zh: '内存', en: 'Memory' },
  since: { zh: '启动于', en: 'Running since' },
  version: { zh: '版本', en: 'Version' },
  verified: { zh: '账本完好', en: 'The ledger is sound' },
  damaged: { zh: '账本有问题', en: 'The ledger is not sound' },
  atEntry: { zh: '条目', en: 'entry' },
  checked: { zh: '已核对', en: 'Checked' },
  contents: { zh: '内容与承诺相符', en: 'contents that open their commitments' },
  erased: { zh: '已删除', en: 'erased' },
  foreign: { zh: '无对应内容', en: 'without a content here' },
  head: { zh: '末条哈希', en: 'Hash of the last entry' },
  fromDefault: { zh: '默认', en: 'default' },
  fromFile: { zh: '文件', en: 'file' },
  fromEnvironment: { zh: '环境变量', en: 'environment' },
  searchedAs: { zh: '检索', en: 'Searched' },
  firstWord: { zh: '首字', en: 'first word after' },
  inAll: { zh: '共', en: 'in all' },
  byBox: { zh: '本机摘录', en: 'quoted by the box' },
  queuedAt: { zh: '排队第', en: 'queued, place' },
  thinking: { zh: '模型正在思考…', en: 'the model is thinking…' },
  waiting: { zh: '等待回答…', en: 'waiting for the answer…' },
  state: { zh: '状态', en: 'State' },
  address: { zh: '地址', en: 'Address' },
  boxId: { zh: '设备编号', en: 'Box' },
  key: { zh: '密钥', en: 'Key' },
  models: { zh: '模型', en: 'Models' },
  asksFor: { zh: '使用', en: 'asks for' },
  quota: { zh: '额度', en: 'Quota' },
  perMinute: { zh: '每分钟', en: 'a minute' },
  perDay: { zh: '每天', en: 'a day' },
  atATime: { zh: '同时回答', en: 'answers at a time' },
  noLimit: { zh: '不限', en: 'no limit' },
  firstTokenMs: { zh: '首字用时', en: 'First word after' },
  noneYet: { zh: '尚无', en: 'none yet' },
  connected: { zh: '已连接', en: 'connected' },
  connecting: { zh: '正在连接', en: 'connecting' },
  unreachable: { zh: '无法连接', en: 'not connected' },
  reachable: { zh: '已连接', en: 'connected' },
  off: { zh: '未配置', en: 'not set up' },
  revoked: { zh: '已被吊销', en: 'revoked by the gateway' },
  whenConnected: { zh: '上次连接时', en: 'when last connected' },
  rotated: { zh: '密钥已更换', en: 'The key was changed' },
  newKey: {
    zh: '网关不再接受原来的编号和密钥，已换成新的；原编号：',
    en: 'With a new id and key, as the gateway takes the ones before no more: ',
  },
  settingsWritten: { zh: '设置已写入', en: 'Settings written to' },
  settingsByHand: { zh: '请自行设置', en: 'Set by hand' },
  serviceSettings: {
    zh: '碳盒作为服务运行：请在 /etc/tanbox/appliance.env 中写入以下各行，再重新启动服务：',
    en: 'Tanbox runs as a service here: put these lines into /etc/tanbox/appliance.env and start it again:',
  },
  ownGateway: {
    zh: '注意：写入网址后，npm start 不再启动碳盒自带的网关。要继续用自带的网关，请从设置中删去 TANBOX_GATEWAY_URL 和 TANBOX_GATEWAY_NAME。',
    en: 'Note: with this address npm start does not start the gateway of this box any more. To keep that one, take TANBOX_GATEWAY_URL and TANBOX_GATEWAY_NAME out of the settings.',
  },
  restartBox: { zh: '请重新启动碳盒以使用它。', en: 'Start Tanbox again to use it.' },
} satisfies Record<string, Record<Language, string>>

export type TextName = keyof typeof texts

export const say = (language: Language, name: TextName): string => texts[name][language]

/** Where a passage stands, as a reader would say it: page, slide, sheet and cells; headings where there are any. */
export function place(language: Language, locator: Locator, headings: readonly string[]): string {
  const parts = [whereOf(language, locator), ...headings.slice(-2)]
  return parts.filter((part) => part !== '').join(' › ')
}

function whereOf(language: Language, locator: Locator): string {
  switch (locator.kind) {
    case 'page':
      return numbered(language, locator, '页', 'page')
    case 'slide':
      return numbered(language, locator, '张幻灯片', 'slide')
    case 'sheet':
      return locator.name ? `${locator.name}!${locator.range}` : locator.range
    case 'section':
      return ''
  }
}

function numbered(
  language: Language,
  { from, to }: { from: number; to: number },
  zh: string,
  en: string,
): string {
  if (language === 'zh') return from === to ? `第 ${from} ${zh}` : `第 ${from}–${to} ${zh}`
  return from === to ? `${en} ${from}` : `${en}s ${from}–${to}`
}
